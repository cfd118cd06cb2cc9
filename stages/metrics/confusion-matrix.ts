/** Counts by actual class (rows) and predicted class (columns), both in the order of the classes. */
export type ConfusionMatrix = readonly (readonly number[])[];

/**
 * The confusion matrix, as scikit-learn's `confusion_matrix(actual, predicted, labels=range(classes))`.
 *
 * @param actual class indices, 0 to `classes` - 1
 * @param predicted class indices in the same order
 * @returns [classes][classes] counts; rows are actual, columns predicted
 * @throws RangeError when the lengths differ or an index is not a class
 */
export function confusionMatrix(
  actual: readonly number[],
  predicted: readonly number[],
  classes: number,
): ConfusionMatrix {
  if (actual.length !== predicted.length) {
    throw new RangeError(`${actual.length} actual classes, but ${predicted.length} predicted ones`);
  }
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  actual.forEach((row, index) => {
    const column = predicted[index] ?? -1;
    const cells = counts[row];
    if (!cells || !Number.isInteger(column) || column < 0 || column >= classes) {
      throw new RangeError(`class ${row} predicted as ${column}: not among ${classes} classes`);
    }
    cells[column] = (cells[column] ?? 0) + 1;
  });
  return counts;
}

/** The sum of confusion matrices over the same classes: the counts pooled, as over the folds of one protocol. */
export function pooledConfusionMatrix(matrices: readonly ConfusionMatrix[], classes: number): ConfusionMatrix {
  return Array.from({ length: classes }, (_, row) =>
    Array.from({ length: classes }, (_, column) =>
      matrices.reduce((sum, matrix) => sum + (matrix[row]?.[column] ?? 0), 0),
    ),
  );
}
