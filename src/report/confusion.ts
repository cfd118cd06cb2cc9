import type { Predictions } from '../experiment/index.ts';

/** Rows actual, columns predicted, in the order of the classes. */
export interface Confusion {
  readonly classes: readonly string[];
  /** Summed over the replicates. */
  readonly counts: readonly (readonly number[])[];
  /** Of each row, in %; null for a class without units. Every replicate tests the same units, so it is the mean of them. */
  readonly percent: readonly (readonly (number | null)[])[];
}

export function confusionOf(replicates: readonly Predictions[]): Confusion {
  const classes = replicates[0]?.classes ?? [];
  const index = new Map(classes.map((name, at) => [name, at]));
  const counts = classes.map(() => classes.map(() => 0));
  for (const { predictions } of replicates) {
    for (const { label, predicted } of predictions) {
      const row = counts[index.get(label) ?? -1];
      const column = index.get(predicted);
      if (row !== undefined && column !== undefined) row[column] = (row[column] ?? 0) + 1;
    }
  }
  const percent = counts.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => (sum === 0 ? null : (100 * count) / sum));
  });
  return { classes, counts, percent };
}
