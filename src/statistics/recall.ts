/** One tested sample: its true class, and whether it was recognised (1 or 0; a share where it was tested several times). */
export interface Recognised {
  readonly label: string;
  readonly correct: number;
}

/**
 * Unweighted average recall, 0 to 1: the mean over the classes that have samples of the share that was recognised
 * (`recall_score(average='macro')` of scikit-learn). Undefined without samples.
 */
export function unweightedAverageRecall(samples: Iterable<Recognised>): number | undefined {
  const classes = new Map<string, { count: number; correct: number }>();
  for (const { label, correct } of samples) {
    const known = classes.get(label);
    if (known === undefined) classes.set(label, { count: 1, correct });
    else {
      known.count += 1;
      known.correct += correct;
    }
  }
  if (classes.size === 0) return undefined;
  let sum = 0;
  for (const { count, correct } of classes.values()) sum += correct / count;
  return sum / classes.size;
}
