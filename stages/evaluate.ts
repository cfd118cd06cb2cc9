import { DataError, defineStage, Type, type MatrixPoint } from '../src/stage/index.ts';
import type { Answers, UtteranceAnswer } from './evaluate/answers.ts';
import {
  likeliestClass,
  meanPosteriors,
  scoresOf,
  type EvaluationScores,
  type LevelScores,
  type Sample,
} from './evaluate/scores.ts';

/** The matrix axis over which answers are pooled. */
const foldAxis = 'fold';

/** Scores the answers of one seed: pooled over the folds, by speaker, by fold and by utterance. */
export default defineStage({
  name: 'evaluate',
  kind: 'reduce',
  description: 'Scores the answers of all folds of one seed.',
  params: Type.Object({}),
  inputs: { answers: { each: 'json' } },
  outputs: { scores: 'json' },
  predictions: 'scores',
  async run({ answers }) {
    requireOneSeed(answers.map(({ point }) => point));
    const [first, ...others] = await Promise.all(
      answers.map(async ({ point, read }) => ({
        fold: String(point[foldAxis] ?? 'all'),
        answers: (await read()) as unknown as Answers,
      })),
    );
    if (!first) throw new DataError('no-answers', 'There are no answers to score.');
    const { classes, labels } = first.answers;
    const folds = [first, ...others].sort((a, b) => (a.fold < b.fold ? -1 : 1));
    for (const fold of folds) requireSame(fold.answers, first.answers);
    const judged = folds.flatMap(({ fold, answers: { utterances } }) =>
      utterances.map((utterance) => judge(utterance, fold, classes)),
    );
    const scores: EvaluationScores = {
      classes,
      labels,
      ...levelScores(judged, classes),
      speakers: [...groupBy(judged, ({ scored }) => scored.cluster)].map(([speaker, list]) => {
        const levels = levelScores(list, classes);
        return { speaker, ...levels, lacking: classes.filter((_, index) => levels.utterance.recalls[index] === null) };
      }),
      folds: [...groupBy(judged, ({ scored }) => scored.fold)].map(([fold, list]) => ({
        fold,
        ...levelScores(list, classes),
      })),
      predictions: judged.map(({ scored }) => scored),
    };
    return { scores };
  },
});

type Judged = ReturnType<typeof judge>;

function judge({ id, speaker, label, segments }: UtteranceAnswer, fold: string, classes: readonly string[]) {
  const actual = classes.indexOf(label);
  if (actual < 0) throw new DataError('unknown-label', `Utterance ${id} is ${label}, which is not among the classes.`);
  const posteriors = meanPosteriors(segments);
  const predicted = likeliestClass(posteriors);
  return {
    scored: {
      unit: id,
      fold,
      cluster: speaker,
      label,
      predicted: classes[predicted] ?? '',
      correct: predicted === actual,
      posteriors,
      segments: segments.length,
    },
    utterance: { actual, predicted } satisfies Sample,
    segments: segments.map((segment): Sample => ({ actual, predicted: likeliestClass(segment) })),
  };
}

function levelScores(judged: readonly Judged[], classes: readonly string[]): LevelScores {
  return {
    segment: scoresOf(
      judged.flatMap(({ segments }) => segments),
      classes.length,
    ),
    utterance: scoresOf(
      judged.map(({ utterance }) => utterance),
      classes.length,
    ),
  };
}

/** Groups in the order of their names. */
function groupBy<T>(values: readonly T[], nameOf: (value: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const name = nameOf(value);
    const group = groups.get(name);
    if (group) group.push(value);
    else groups.set(name, [value]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Answers of several seeds must not be pooled: that would count each utterance several times. */
function requireOneSeed(points: readonly MatrixPoint[]): void {
  const folds = points.map((point) => String(point[foldAxis] ?? 'all'));
  const twice = folds.find((fold, index) => folds.indexOf(fold) !== index);
  if (twice === undefined) return;
  throw new DataError(
    'several-answers',
    `There are several answers for fold ${twice}: those of one seed are to be scored.`,
    {
      advice: 'Give this stage the other axes of the answers: `matrix: { seed: same-as model }`.',
    },
  );
}

function requireSame({ classes, labels }: Answers, first: Answers): void {
  if (classes.join('\n') === first.classes.join('\n') && labels === first.labels) return;
  throw new Error('the answers are of models with different classes, or of models and controls');
}
