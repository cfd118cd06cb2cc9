import type { DenseGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { product } from './product.ts';
import { columnSums } from './sums.ts';

export function dense(
  arena: Arena,
  x: EngineTensor,
  weights: EngineTensor,
  bias: EngineTensor,
): Differentiable<DenseGradients> {
  const [rows = 0, depth = 0] = x.shape;
  const columns = weights.shape[1] ?? 0;
  const output = arena.make([rows, columns]);
  product(arena.gpu, {
    key: 'dense',
    arrays: { x: arena.read(x), weights: arena.read(weights), bias: arena.read(bias), output: arena.write(output) },
    rows,
    columns,
    depth,
    beside: 'depth',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return x[row * numbers.depth + k]; }
      fn right(z: u32, k: u32, column: u32) -> f32 { return weights[k * numbers.columns + column]; }
      fn store(z: u32, row: u32, column: u32, value: f32) {
        output[row * numbers.columns + column] = value + bias[column];
      }`,
  });
  return {
    output,
    gradient: (outputGradient) => ({
      input: inputGradient(arena, weights, outputGradient, x.shape),
      weights: weightsGradient(arena, x, outputGradient),
      bias: biasGradient(arena, outputGradient),
    }),
  };
}

function inputGradient(
  arena: Arena,
  weights: EngineTensor,
  outputGradient: EngineTensor,
  shape: readonly number[],
): EngineTensor {
  const [rows = 0, columns = 0] = shape;
  const input = arena.make(shape);
  product(arena.gpu, {
    key: 'dense: gradient by the input',
    arrays: { gradient: arena.read(outputGradient), weights: arena.read(weights), input: arena.write(input) },
    rows,
    columns,
    depth: weights.shape[1] ?? 0,
    beside: 'depth',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return gradient[row * numbers.depth + k]; }
      fn right(z: u32, k: u32, column: u32) -> f32 { return weights[column * numbers.depth + k]; }
      fn store(z: u32, row: u32, column: u32, value: f32) { input[row * numbers.columns + column] = value; }`,
  });
  return input;
}

function weightsGradient(arena: Arena, x: EngineTensor, outputGradient: EngineTensor): EngineTensor {
  const [depth = 0, rows = 0] = x.shape;
  const columns = outputGradient.shape[1] ?? 0;
  const weights = arena.make([rows, columns]);
  product(arena.gpu, {
    key: 'dense: gradient by the weights',
    arrays: { x: arena.read(x), gradient: arena.read(outputGradient), weights: arena.write(weights) },
    rows,
    columns,
    depth,
    beside: 'row',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return x[k * numbers.rows + row]; }
      fn right(z: u32, k: u32, column: u32) -> f32 { return gradient[k * numbers.columns + column]; }
      fn store(z: u32, row: u32, column: u32, value: f32) { weights[row * numbers.columns + column] = value; }`,
  });
  return weights;
}

function biasGradient(arena: Arena, outputGradient: EngineTensor): EngineTensor {
  const [rows = 0, columns = 0] = outputGradient.shape;
  const bias = arena.make([columns]);
  columnSums(arena.gpu, {
    key: 'dense: gradient by the bias',
    arrays: { gradient: arena.read(outputGradient), bias: arena.write(bias) },
    rows,
    columns,
    type: 'f32',
    code: () => `
      fn value(row: u32, column: u32, first: u32) -> f32 { return gradient[row * numbers.columns + column]; }
      fn store(chunk: u32, column: u32, first: u32, end: u32, sum: f32) { bias[column] = sum; }`,
  });
  return bias;
}
