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
  network: Network,
  { data, labels, frames, development }: TrainingSegments,
  { batchSize, classWeights }: Pick<TrainingOptions, 'batchSize' | 'classWeights'>,
): Promise<Assessment | undefined> {
  if (development.length === 0) return undefined;
  const predicted: number[] = [];
  let [sum, weights] = [0, 0];
  for (let start = 0; start < development.length; start += batchSize) {
    const rows = development.slice(start, start + batchSize);
    const { probabilities } = await network.predict({ data, rows, frames: rows.map((row) => frames[row] ?? 0) });
    rows.forEach((row, index) => {
      const posteriors = probabilities.subarray(index * classWeights.length, (index + 1) * classWeights.length);
      predicted.push(posteriors.indexOf(Math.max(...posteriors)));
      const label = labels[row] ?? 0;
      const weight = classWeights[label] ?? 0;
      weights += weight;
      // The smallest normal float32 keeps the loss of a posterior of zero finite.
      sum -= weight * Math.log(Math.max(posteriors[label] ?? 0, 1.17549435e-38));
    });
  }
  const actual = development.map((row) => labels[row] ?? 0);
  const uar = unweightedAverageRecall(confusionMatrix(actual, predicted, classWeights.length)) ?? 0;
  return { uar, loss: sum / weights };
}
