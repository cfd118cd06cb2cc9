import type { ConvolutionGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import { sizeOf, type Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** Three spatial axes; a 2d convolution has a first one of length 1. */
type Axes = readonly [number, number, number];

interface Geometry {
  readonly samples: number;
  readonly size: Axes;
  readonly channels: number;
  readonly kernel: Axes;
  readonly filters: number;
}

export function convolution(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  filter: EngineTensor,
): Differentiable<ConvolutionGradients, [input: boolean]> {
  const geometry = geometryOf(x, filter);
  const output = arena.make([...x.shape.slice(0, -1), geometry.filters]);
  convolve(arena, kernels, geometry, arena.at(x), arena.at(filter), before(geometry.kernel), arena.at(output));
  return {
    output,
    gradient: (outputGradient, input) => ({
      filter: filterGradient(arena, kernels, geometry, x, filter.shape, outputGradient),
      input: input ? inputGradient(arena, kernels, geometry, x.shape, filter, outputGradient) : undefined,
    }),
  };
}

/** Leading axes of length 1 make three of a 2d convolution's two; throws when shapes do not fit. */
function geometryOf(x: EngineTensor, filter: EngineTensor): Geometry {
  const [samples = 0, ...spatial] = x.shape.slice(0, -1);
  const kernel = filter.shape.slice(0, -2);
  const channels = x.shape.at(-1) ?? 0;
  const rank = spatial.length;
  if (rank < 1 || rank > 3 || kernel.length !== rank || filter.shape.at(-2) !== channels) {
    throw new Error(`no convolution of [${x.shape.join(', ')}] with a filter [${filter.shape.join(', ')}]`);
  }
  return { samples, size: threeAxes(spatial), channels, kernel: threeAxes(kernel), filters: filter.shape.at(-1) ?? 0 };
}

export function threeAxes(lengths: readonly number[]): Axes {
  const [third = 1, second = 1, first = 1] = [...lengths].reverse();
  return [first, second, third];
}

/** Zeros before each axis; an even kernel has one more after it. */
function before(kernel: Axes): Axes {
  return [(kernel[0] - 1) >> 1, (kernel[1] - 1) >> 1, (kernel[2] - 1) >> 1];
}

function after(kernel: Axes): Axes {
  return [kernel[0] >> 1, kernel[1] >> 1, kernel[2] >> 1];
}

function paddedBytes({ size, kernel, channels }: Geometry): number {
  return 4 * channels * size.reduce((product, length, axis) => product * (length + (kernel[axis] ?? 1) - 1), 1);
}

function panelsOf(columns: number): number {
  return 8 * Math.ceil(columns / 8);
}

/** `filter` is an address of [...kernel, channels, filters]. */
function convolve(
  arena: Arena,
  kernels: Kernels,
  geometry: Geometry,
  x: number,
  filter: number,
  padding: Axes,
  y: number,
): void {
  const { samples, size, channels, kernel, filters } = geometry;
  const depth = sizeOf(kernel) * channels;
  const bytes = [paddedBytes(geometry), 4 * sizeOf(size), 4 * depth * panelsOf(filters)];
  arena.withScratch(bytes, (padded = 0, table = 0, packed = 0) => {
    kernels.pack(filter, 4 * filters, depth, filters, packed);
    kernels.convolution(x, samples, ...size, channels, ...kernel, ...padding, filters, packed, padded, table, y);
  });
}

function inputGradient(
  arena: Arena,
  kernels: Kernels,
  geometry: Geometry,
  shape: readonly number[],
  filter: EngineTensor,
  outputGradient: EngineTensor,
): EngineTensor {
  const { channels, kernel, filters } = geometry;
  const result = arena.make(shape);
  arena.withScratch([4 * sizeOf(filter.shape)], (flipped = 0) => {
    kernels.flip(arena.at(filter), sizeOf(kernel), channels, filters, flipped);
    const swapped = { ...geometry, channels: filters, filters: channels };
    convolve(arena, kernels, swapped, arena.at(outputGradient), flipped, after(kernel), arena.at(result));
  });
  return result;
}

function filterGradient(
  arena: Arena,
  kernels: Kernels,
  geometry: Geometry,
  x: EngineTensor,
  shape: readonly number[],
  outputGradient: EngineTensor,
): EngineTensor {
  const { samples, size, channels, kernel, filters } = geometry;
  const rows = sizeOf(kernel) * channels;
  const wide = panelsOf(filters);
  const result = arena.make(shape);
  const bytes = [paddedBytes(geometry), 4 * wide * Math.max(size[2], 192), 4 * rows * wide];
  arena.withScratch(bytes, (padded = 0, packed = 0, sums = 0) => {
    const from = [arena.at(x), arena.at(outputGradient)];
    const axes = [...size, channels, ...kernel, ...before(kernel)];
    kernels.filterGradient(...from, samples, ...axes, filters, padded, packed, sums);
    kernels.narrow(sums, rows, wide, filters, arena.at(result));
  });
  return result;
}
