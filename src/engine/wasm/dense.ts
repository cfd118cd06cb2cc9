import type { DenseGradients, EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** x [rows, depth] weights [depth, columns] + bias [columns] */
export function dense(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  weights: EngineTensor,
  bias: EngineTensor,
): EngineTensor {
  const [rows = 0, depth = 0] = x.shape;
  const columns = weights.shape[1] ?? 0;
  if (weights.shape[0] !== depth) throw new Error(`${depth} columns by a matrix [${weights.shape.join(', ')}]`);
  const output = arena.make([rows, columns]);
  arena.withScratch([4 * depth * (columns + 8)], (packed = 0) => {
    kernels.pack(arena.at(weights), 4 * columns, depth, columns, packed);
    kernels.fillRows(arena.at(output), rows, columns, arena.at(bias));
    kernels.multiply(arena.at(x), 4 * depth, rows, depth, columns, packed, arena.at(output), 4 * columns, 1);
  });
  return output;
}

/** Gradients of `dense`; the one by x is written to, or added to, `inputGradient`. */
export function matrixGradients(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  weights: EngineTensor,
  outputGradient: EngineTensor,
  inputGradient: EngineTensor,
  add: boolean,
): DenseGradients {
  const [rows = 0, depth = 0] = x.shape;
  const columns = weights.shape[1] ?? 0;
  const from = arena.at(outputGradient);
  arena.withScratch([4 * columns * (depth + 8)], (packed = 0) => {
    kernels.packTransposed(arena.at(weights), 4 * columns, columns, depth, packed);
    const to = arena.at(inputGradient);
    kernels.multiply(from, 4 * columns, rows, columns, depth, packed, to, 4 * depth, add ? 1 : 0);
  });
  const weightsGradient = arena.make([depth, columns]);
  arena.withScratch([4 * rows * depth, 4 * rows * (columns + 8)], (turned = 0, packed = 0) => {
    kernels.transpose(arena.at(x), 4 * depth, rows, depth, turned, 4 * rows);
    kernels.pack(from, 4 * columns, rows, columns, packed);
    kernels.multiply(turned, 4 * rows, depth, rows, columns, packed, arena.at(weightsGradient), 4 * columns, 0);
  });
  const bias = arena.make([columns]);
  kernels.sumRows(from, rows, columns, arena.at(bias));
  return { input: inputGradient, weights: weightsGradient, bias };
}
