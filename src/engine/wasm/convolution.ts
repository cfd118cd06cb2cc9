import type { ConvolutionGradients, Differentiable, EngineTensor } from '../../stage/engine.ts';
import { geometryOf, sizeOf, type Axes, type Geometry } from '../shape.ts';
import type { Arena } from './arena.ts';
import { panelsOf } from './panels.ts';
import type { Kernels } from './kernels.ts';
import { paysWinograd, winogradConvolve, winogradFilterGradient } from './winograd.ts';

export function convolution(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  filter: EngineTensor,
): Differentiable<ConvolutionGradients, [input: boolean]> {
  const geometry = geometryOf(x, filter, 1);
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
  if (paysWinograd(geometry)) {
    winogradConvolve(arena, kernels, geometry, x, filter, padding, y);
    return;
  }
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
  if (paysWinograd(geometry)) {
    const to = arena.at(result);
    winogradFilterGradient(arena, kernels, geometry, arena.at(x), arena.at(outputGradient), before(kernel), to);
    return result;
  }
  const bytes = [paddedBytes(geometry), 4 * wide * Math.max(size[2], 192), 4 * rows * wide];
  arena.withScratch(bytes, (padded = 0, packed = 0, sums = 0) => {
    const from = [arena.at(x), arena.at(outputGradient)];
    const axes = [...size, channels, ...kernel, ...before(kernel)];
    kernels.filterGradient(...from, samples, ...axes, filters, padded, packed, sums);
    kernels.narrow(sums, rows, wide, filters, arena.at(result));
  });
  return result;
}
