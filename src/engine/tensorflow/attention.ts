import type { Engine, EngineTensor } from '../../stage/engine.ts';
import { matrixProduct } from './dense.ts';
import { reshape, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

export function attention(
  tensors: Tensors,
  h: EngineTensor,
  vector: EngineTensor,
  lengths: readonly number[] | undefined,
): ReturnType<Engine['attention']> {
  const { operations } = tensors;
  const { float } = operations;
  const [samples = 0, steps = 0, width = 0] = h.shape;
  const rows = tensors.reshape(h, [samples * steps, width]);
  const column = tensors.reshape(vector, [width, 1]);
  return operations.frame((keep) => {
    const scores = reshape(operations, matrixProduct(operations, tensors.at(rows), tensors.at(column)), [
      samples,
      steps,
    ]);
    const allowed = lengths ? operations.run('AddV2', { T: float }, scores, mask(operations, lengths, steps)) : scores;
    const weights = tensors.adopt(keep(operations.run('Softmax', { T: float }, allowed)), [samples, steps]);
    const row = tensors.reshape(weights, [samples, 1, steps]);
    const output = batchProduct(operations, tensors.at(row), tensors.at(h), false);
    return {
      weights,
      output: tensors.adopt(keep(reshape(operations, output, [samples, width])), [samples, width]),
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const from = tensors.at(tensors.reshape(outputGradient, [samples, 1, width]));
          const byWeights = reshape(operations, batchProduct(operations, from, tensors.at(h), true), [samples, steps]);
          const byScores = softmaxGradient(operations, tensors.at(weights), byWeights);
          const scoreColumn = reshape(operations, byScores, [samples * steps, 1]);
          const through = matrixProduct(operations, scoreColumn, tensors.at(column), 'second');
          const weightColumn = tensors.at(tensors.reshape(weights, [samples, steps, 1]));
          const direct = operations.run('Mul', { T: float }, weightColumn, from);
          const input = operations.run(
            'AddV2',
            { T: float },
            direct,
            reshape(operations, through, [samples, steps, width]),
          );
          const byVector = matrixProduct(operations, tensors.at(rows), scoreColumn, 'first');
          return {
            input: tensors.adopt(hold(input), h.shape),
            vector: tensors.adopt(hold(reshape(operations, byVector, vector.shape)), vector.shape),
          };
        }),
    };
  });
}

/** 0 for the steps of each sample; for those after its length so little that their weight is 0. */
function mask({ floats }: Operations, lengths: readonly number[], steps: number): number {
  const values = new Float32Array(lengths.length * steps);
  lengths.forEach((length, sample) => values.fill(-1e30, sample * steps + length, (sample + 1) * steps));
  return floats([lengths.length, steps], values);
}

function softmaxGradient({ run, integers, float, integer }: Operations, weights: number, gradient: number): number {
  const products = run('Mul', { T: float }, weights, gradient);
  const sums = run('Sum', { T: float, Tidx: integer, keep_dims: true }, products, integers([1]));
  return run('Mul', { T: float }, weights, run('Sub', { T: float }, gradient, sums));
}

function batchProduct({ run, float }: Operations, first: number, second: number, transposeSecond: boolean): number {
  return run('BatchMatMulV2', { T: float, adj_x: false, adj_y: transposeSecond }, first, second);
}
