import type { Prediction, Predictions } from '../experiment/index.ts';

/** A unit to be looked at and listened to. */
export interface Example {
  readonly why: 'confident error' | 'least certain' | 'correct';
  readonly prediction: Prediction;
  /** Posterior of what was predicted. */
  readonly confidence: number;
}

/** No more than so many are shown, whatever the number of classes. */
export const exampleLimits = { errors: 3, uncertain: 1, correct: 8 } as const;

/**
 * The units of one replicate that are shown: the most confident errors, the one of which the two best classes were
 * nearest to each other, and of each class the one that was recognised with most confidence. Each stands once.
 */
export function chooseExamples({ classes, predictions }: Predictions): readonly Example[] {
  const chosen = new Map<string, Example>();
  const all = [...predictions].sort((a, b) => (a.unit < b.unit ? -1 : 1));
  const confidence = ({ predicted, posteriors }: Prediction) => posteriors[classes.indexOf(predicted)] ?? 0;
  const byConfidence = all.toSorted((a, b) => confidence(b) - confidence(a));
  const take = (why: Example['why'], candidates: readonly Prediction[], count: number) => {
    const fresh = candidates.filter(({ unit }) => !chosen.has(unit));
    for (const prediction of fresh.slice(0, count)) {
      chosen.set(prediction.unit, { why, prediction, confidence: confidence(prediction) });
    }
  };
  take('confident error', byConfidence.filter(isWrong), exampleLimits.errors);
  take(
    'least certain',
    all.toSorted((a, b) => margin(a) - margin(b)),
    exampleLimits.uncertain,
  );
  for (const name of classes.slice(0, exampleLimits.correct)) {
    take(
      'correct',
      byConfidence.filter((one) => one.label === name && !isWrong(one)),
      1,
    );
  }
  return [...chosen.values()];
}

const isWrong = ({ label, predicted }: Prediction): boolean => label !== predicted;

/** How far the best class is above the next. */
function margin({ posteriors }: Prediction): number {
  const [first = 0, second = 0] = posteriors.toSorted((a, b) => b - a);
  return first - second;
}
