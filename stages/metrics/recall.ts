import type { ConfusionMatrix } from './confusion-matrix.ts';
import { mean } from './mean.ts';

/**
 * The recall of each class, 0 to 1: how many of its samples were predicted as it (scikit-learn's `recall_score`
 * with `average=None`). `null` for a class without samples, whose recall is not defined.
 */
export function recallPerClass(confusion: ConfusionMatrix): (number | null)[] {
  return confusion.map((row, index) => {
    const samples = row.reduce((sum, count) => sum + count, 0);
    return samples === 0 ? null : (row[index] ?? 0) / samples;
  });
}

/**
 * Unweighted average recall (UAR), 0 to 1: the mean of the recalls of the classes that have samples, as scikit-learn's
 * `balanced_accuracy_score`. `null` without any sample.
 *
 * Schuller, Steidl and Batliner, "The INTERSPEECH 2009 emotion challenge", Interspeech 2009.
 */
export function unweightedAverageRecall(confusion: ConfusionMatrix): number | null {
  return mean(recallPerClass(confusion).filter((recall) => recall !== null));
}

/**
 * Weighted average recall (WAR), 0 to 1: the recalls weighted by their classes' samples, which is the accuracy
 * (scikit-learn's `accuracy_score`). `null` without any sample.
 */
export function weightedAverageRecall(confusion: ConfusionMatrix): number | null {
  let samples = 0;
  let correct = 0;
  confusion.forEach((row, index) => {
    samples += row.reduce((sum, count) => sum + count, 0);
    correct += row[index] ?? 0;
  });
  return samples === 0 ? null : correct / samples;
}
