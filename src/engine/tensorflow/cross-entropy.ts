import type { Engine } from '../../stage/engine.ts';
import type { Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

export function crossEntropy(tensors: Tensors): Engine['crossEntropy'] {
  const { operations } = tensors;
  const { run, integers, floats, frame, float, integer } = operations;
  return (logits, labels, classWeights) =>
    frame((keep) => {
      const weights = labels.map((label) => classWeights[label] ?? 0);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const shares = Float32Array.from(weights, (weight) => weight / total);
      const [losses, gradients] = lossOf(operations, tensors.at(logits), labels, logits.shape);
      const weighted = run('Mul', { T: float }, losses, floats([labels.length], shares));
      const loss = run('Sum', { T: float, Tidx: integer, keep_dims: true }, weighted, integers([0]));
      const gradient = run('Mul', { T: float }, gradients, floats([labels.length, 1], shares));
      return { loss: tensors.adopt(keep(loss), [1]), gradient: tensors.adopt(keep(gradient), logits.shape) };
    });
}

/** The loss of each sample, and its gradient by the logits. */
function lossOf(
  operations: Operations,
  logits: number,
  labels: readonly number[],
  shape: readonly number[],
): readonly [losses: number, gradients: number] {
  const { binding, run, runMany, integers, floats, float, integer } = operations;
  if (!binding.isUsingGpuDevice()) {
    const inputs = [logits, integers(labels)];
    const attributes = { T: float, Tlabels: integer };
    const [losses = 0, gradients = 0] = runMany('SparseSoftmaxCrossEntropyWithLogits', 2, attributes, inputs);
    return [losses, gradients];
  }
  // On a GPU that operation refuses to be deterministic (TF_DETERMINISTIC_OPS).
  const chosen = floats(shape, oneHot(labels, shape));
  const logarithms = run('LogSoftmax', { T: float }, logits);
  const products = run('Mul', { T: float }, logarithms, chosen);
  const sums = run('Sum', { T: float, Tidx: integer, keep_dims: false }, products, integers([1]));
  const probabilities = run('Exp', { T: float }, logarithms);
  return [run('Neg', { T: float }, sums), run('Sub', { T: float }, probabilities, chosen)];
}

function oneHot(labels: readonly number[], [samples = 0, classes = 0]: readonly number[]): Float32Array {
  const rows = new Float32Array(samples * classes);
  for (const [sample, label] of labels.entries()) {
    if (!(label >= 0 && label < classes)) throw new Error(`label ${label} of ${classes} classes`);
    rows[sample * classes + label] = 1;
  }
  return rows;
}
