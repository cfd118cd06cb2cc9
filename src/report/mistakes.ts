import type { Predictions } from '../experiment/index.ts';

/** A unit that at least one replicate got wrong. */
export interface Mistake {
  readonly unit: string;
  readonly cluster: string;
  readonly label: string;
  /** What the replicates that were wrong said most often; of equals, what they were surer of. */
  readonly predicted: string;
  /** In how many of how many tests of it. */
  readonly wrong: number;
  readonly tests: number;
  /** Mean posterior of what was wrongly said, and of the true label, over the tests that were wrong. */
  readonly confidence: number;
  readonly ofLabel: number;
}

/** All units that were mistaken, the most confident error first. */
export function findMistakes(replicates: readonly Predictions[]): readonly Mistake[] {
  const units = new Map<string, Test[]>();
  for (const { classes, predictions } of replicates) {
    for (const { unit, cluster, label, predicted, posteriors } of predictions) {
      const of = (name: string) => posteriors[classes.indexOf(name)] ?? 0;
      const test = { unit, cluster, label, predicted, confidence: of(predicted), ofLabel: of(label) };
      const tests = units.get(unit);
      if (tests) tests.push(test);
      else units.set(unit, [test]);
    }
  }
  return [...units.values()]
    .flatMap(mistakeIn)
    .sort((a, b) => b.confidence - a.confidence || (a.unit < b.unit ? -1 : 1));
}

type Test = Omit<Mistake, 'wrong' | 'tests'>;

function mistakeIn(tests: readonly Test[]): Mistake[] {
  const wrong = tests.filter(({ label, predicted }) => label !== predicted);
  const [first] = wrong;
  if (first === undefined) return [];
  const { unit, cluster, label } = first;
  return [
    {
      unit,
      cluster,
      label,
      predicted: mostOften(wrong),
      wrong: wrong.length,
      tests: tests.length,
      confidence: mean(wrong.map(({ confidence }) => confidence)),
      ofLabel: mean(wrong.map(({ ofLabel }) => ofLabel)),
    },
  ];
}

function mostOften(tests: readonly Test[]): string {
  const votes = new Map<string, { count: number; sum: number }>();
  for (const { predicted, confidence } of tests) {
    const vote = votes.get(predicted) ?? { count: 0, sum: 0 };
    votes.set(predicted, { count: vote.count + 1, sum: vote.sum + confidence });
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b.count - a.count || b.sum - a.sum);
  return winner?.[0] ?? '';
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
