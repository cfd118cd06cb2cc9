import { confusionMatrix, unweightedAverageRecall } from '../metrics/index.ts';
import type { Network } from '../network/index.ts';
import type { TrainingOptions, TrainingSegments } from './training.ts';

/** How well the development part is recognised, segment by segment. */
export type Assessment = {
  /** 0 to 1, over the classes that the part has. */
  readonly uar: number;
  /** Cross-entropy, weighted by class as in training. */
  readonly loss: number;
};

/** Without dropout and without learning anything; undefined when there is no development part. */
export async function assess(
  network: Pick<Network, 'predict'>,
  { data, labels, frames, development }: TrainingSegments,
  { classWeights }: Pick<TrainingOptions, 'classWeights'>,
): Promise<Assessment | undefined> {
  if (development.length === 0) return undefined;
  const batch = { data, rows: development, frames: development.map((row) => frames[row] ?? 0) };
  const { probabilities } = await network.predict(batch);
  const actual = development.map((row) => labels[row] ?? 0);
  let [sum, weights] = [0, 0];
  const predicted = actual.map((label, index) => {
    const posteriors = probabilities.subarray(index * classWeights.length, (index + 1) * classWeights.length);
    const weight = classWeights[label] ?? 0;
    weights += weight;
    // The smallest normal float32 keeps the loss of a posterior of zero finite.
    sum -= weight * Math.log(Math.max(posteriors[label] ?? 0, 1.17549435e-38));
    return posteriors.indexOf(Math.max(...posteriors));
  });
  const uar = unweightedAverageRecall(confusionMatrix(actual, predicted, classWeights.length)) ?? 0;
  return { uar, loss: sum / weights };
}
