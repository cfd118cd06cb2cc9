import type { ConvolutionGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import { geometryOf, sizeOf, type Geometry } from '../shape.ts';
import type { Arena } from './arena.ts';
import { geometryConstants, geometryKey } from './geometry.ts';
import { product } from './product.ts';
import { chunksOf, columnSums } from './sums.ts';

/**
 * The backend's convolution in 2d. It has a slow one alone in 3d, and for the gradient by the filter one thread for each
 * weight, which goes through all positions of the batch: for these, matrix products of our own over the windows.
 */
export function convolution(
  arena: Arena,
  x: EngineTensor,
  filter: EngineTensor,
): Differentiable<ConvolutionGradients, [input: boolean]> {
  const geometry = geometryOf(x, filter, 2);
  const flat = x.shape.length === 4;
  return {
    output: flat ? backendConvolution(arena, x, filter) : windowProduct(arena, geometry, x, filter),
    gradient(outputGradient, input) {
      const byInput = flat ? backendInputGradient : windowInputGradient;
      return {
        input: input ? byInput(arena, geometry, x.shape, filter, outputGradient) : undefined,
        filter: filterGradient(arena, geometry, x, filter.shape, outputGradient),
      };
    },
  };
}

const sameSize = { strides: [1, 1], dilations: [1, 1], pad: 'same', dataFormat: 'NHWC' };

function backendConvolution(arena: Arena, x: EngineTensor, filter: EngineTensor): EngineTensor {
  return arena.adopt(arena.gpu.kernel('Conv2D', { x: arena.info(x), filter: arena.info(filter) }, sameSize));
}

function backendInputGradient(
  arena: Arena,
  _: Geometry,
  inputShape: readonly number[],
  filter: EngineTensor,
  outputGradient: EngineTensor,
): EngineTensor {
  const inputs = { dy: arena.info(outputGradient), filter: arena.info(filter) };
  return arena.adopt(arena.gpu.kernel('Conv2DBackpropInput', inputs, { ...sameSize, inputShape: [...inputShape] }));
}

function windowProduct(arena: Arena, geometry: Geometry, x: EngineTensor, filter: EngineTensor): EngineTensor {
  const output = arena.make([...x.shape.slice(0, -1), geometry.filters]);
  product(arena.gpu, {
    key: `convolution ${geometryKey(geometry)}`,
    arrays: { x: arena.read(x), weights: arena.read(filter), output: arena.write(output) },
    rows: geometry.samples * sizeOf(geometry.size),
    columns: geometry.filters,
    depth: sizeOf(geometry.kernel) * geometry.channels,
    beside: 'depth',
    code: () => `${geometryConstants(geometry)}
      fn left(z: u32, row: u32, k: u32) -> f32 {
        let at = neighbour(row, k / channels, padding);
        if (at < 0) { return 0.0; }
        return x[u32(at) * channels + k % channels];
      }
      fn right(z: u32, k: u32, column: u32) -> f32 { return weights[k * filters + column]; }
      fn store(z: u32, row: u32, column: u32, value: f32) { output[row * filters + column] = value; }`,
  });
  return output;
}

/** A convolution with the filter turned around. */
function windowInputGradient(
  arena: Arena,
  geometry: Geometry,
  inputShape: readonly number[],
  filter: EngineTensor,
  outputGradient: EngineTensor,
): EngineTensor {
  const input = arena.make(inputShape);
  product(arena.gpu, {
    key: `convolution: gradient by the input ${geometryKey(geometry)}`,
    arrays: { gradient: arena.read(outputGradient), weights: arena.read(filter), input: arena.write(input) },
    rows: geometry.samples * sizeOf(geometry.size),
    columns: geometry.channels,
    depth: sizeOf(geometry.kernel) * geometry.filters,
    beside: 'depth',
    code: () => `${geometryConstants(geometry)}
      fn left(z: u32, row: u32, k: u32) -> f32 {
        let at = neighbour(row, k / filters, kernel - vec3<i32>(1) - padding);
        if (at < 0) { return 0.0; }
        return gradient[u32(at) * filters + k % filters];
      }
      fn right(z: u32, k: u32, column: u32) -> f32 {
        let turned = places - 1u - k / filters;
        return weights[(turned * channels + column) * filters + k % filters];
      }
      fn store(z: u32, row: u32, column: u32, value: f32) { input[row * channels + column] = value; }`,
  });
  return input;
}

/** The product of all windows, turned, with the output's gradient: in parts of the positions, which are then summed. */
function filterGradient(
  arena: Arena,
  geometry: Geometry,
  x: EngineTensor,
  shape: readonly number[],
  outputGradient: EngineTensor,
): EngineTensor {
  const positions = geometry.samples * sizeOf(geometry.size);
  const size = sizeOf(shape);
  const parts = Math.min(chunksOf(positions), partsFor(size));
  const result = arena.make(shape);
  arena.withScratch(parts * size, (partial) => {
    product(arena.gpu, {
      key: `convolution: gradient by the filter ${geometryKey(geometry)}`,
      arrays: { x: arena.read(x), gradient: arena.read(outputGradient), partial: arena.write(partial) },
      rows: size / geometry.filters,
      columns: geometry.filters,
      depth: positions,
      count: parts,
      depthOfEach: Math.ceil(positions / parts),
      beside: 'row',
      code: () => `${geometryConstants(geometry)}
        fn left(z: u32, row: u32, k: u32) -> f32 {
          let at = neighbour(k, row / channels, padding);
          if (at < 0) { return 0.0; }
          return x[u32(at) * channels + row % channels];
        }
        fn right(z: u32, k: u32, column: u32) -> f32 { return gradient[k * filters + column]; }
        fn store(z: u32, row: u32, column: u32, value: f32) {
          partial[(z * numbers.rows + row) * filters + column] = value;
        }`,
    });
    columnSums(arena.gpu, {
      key: 'convolution: sum of the parts',
      arrays: { partial: arena.read(partial), result: arena.write(result) },
      rows: parts,
      columns: size,
      type: 'f32',
      code: () => `
        fn value(row: u32, column: u32, first: u32) -> f32 { return partial[row * numbers.columns + column]; }
        fn store(chunk: u32, column: u32, first: u32, end: u32, sum: f32) { result[column] = sum; }`,
    });
  });
  return result;
}

/** Enough groups for a large GPU, without much memory for the parts of a large filter. */
function partsFor(filterSize: number): number {
  const groups = Math.ceil(filterSize / 1024);
  return Math.max(1, Math.ceil(1024 / groups));
}
