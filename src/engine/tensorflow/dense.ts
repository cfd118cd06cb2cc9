import type { DenseGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import type { Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

export function dense(
  tensors: Tensors,
  x: EngineTensor,
  weights: EngineTensor,
  bias: EngineTensor,
): Differentiable<DenseGradients> {
  const { operations } = tensors;
  return operations.frame((keep) => {
    const product = matrixProduct(operations, tensors.at(x), tensors.at(weights));
    const output = operations.run('BiasAdd', { T: operations.float, data_format: 'NHWC' }, product, tensors.at(bias));
    return {
      output: tensors.adopt(keep(output), [x.shape[0] ?? 0, weights.shape[1] ?? 0]),
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const from = tensors.at(outputGradient);
          return {
            input: tensors.adopt(hold(matrixProduct(operations, from, tensors.at(weights), 'second')), x.shape),
            weights: tensors.adopt(hold(matrixProduct(operations, tensors.at(x), from, 'first')), weights.shape),
            bias: tensors.adopt(hold(columnSums(operations, from)), bias.shape),
          };
        }),
    };
  });
}

/** The product of two matrices, one of them transposed where it says so. */
export function matrixProduct(
  { run, float }: Operations,
  first: number,
  second: number,
  transposed?: 'first' | 'second',
): number {
  const attributes = { T: float, transpose_a: transposed === 'first', transpose_b: transposed === 'second' };
  return run('MatMul', attributes, first, second);
}

export function columnSums({ run, float }: Operations, matrix: number): number {
  return run('BiasAddGrad', { T: float, data_format: 'NHWC' }, matrix);
}
