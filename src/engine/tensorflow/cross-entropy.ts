import type { Engine } from '../../stage/engine.ts';
import type { Tensors } from './tensors.ts';

export function crossEntropy(tensors: Tensors): Engine['crossEntropy'] {
  const { operations } = tensors;
  const { run, runMany, integers, floats, frame, float, integer } = operations;
  return (logits, labels, classWeights) =>
    frame((keep) => {
      const weights = labels.map((label) => classWeights[label] ?? 0);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const shares = Float32Array.from(weights, (weight) => weight / total);
      const [losses = 0, gradients = 0] = runMany(
        'SparseSoftmaxCrossEntropyWithLogits',
        2,
        { T: float, Tlabels: integer },
        [tensors.at(logits), integers(labels)],
      );
      const weighted = run('Mul', { T: float }, losses, floats([labels.length], shares));
      const loss = run('Sum', { T: float, Tidx: integer, keep_dims: true }, weighted, integers([0]));
      const gradient = run('Mul', { T: float }, gradients, floats([labels.length, 1], shares));
      return { loss: tensors.adopt(keep(loss), [1]), gradient: tensors.adopt(keep(gradient), logits.shape) };
    });
}
