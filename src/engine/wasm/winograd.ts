import type { Arena } from './arena.ts';
import type { Axes, Geometry } from '../shape.ts';
import { panelsOf } from './panels.ts';
import type { Kernels } from './kernels.ts';

/** Whether three taps on the last axis are worth transforming: few outputs lost to whole tiles, enough channels. */
export function paysWinograd({ size, kernel, channels }: Geometry): boolean {
  return kernel[2] === 3 && channels >= 8 && 6 * tilesOf(size) <= 0.75 * 3 * size[2];
}

/** Four outputs each. */
function tilesOf(size: Axes): number {
  return Math.ceil(size[2] / 4);
}

interface Pieces {
  readonly paddedBytes: number;
  /** Of the transformed inputs of a block. */
  readonly inputBytes: number;
  /** Positions in a block, four outputs each. */
  readonly positions: number;
  /** Rows of the filter as a matrix, for each of the six products. */
  readonly depth: number;
}

function piecesOf(kernels: Kernels, { size, kernel, channels }: Geometry): Pieces {
  const tiles = tilesOf(size);
  const rows = kernels.winogradRows(size[1], tiles);
  const [planes, height] = [size[0] + kernel[0] - 1, size[1] + kernel[1] - 1];
  return {
    paddedBytes: 4 * planes * height * (4 * tiles + 2) * channels,
    inputBytes: 6 * kernels.winogradInputs(rows, tiles, channels, kernel[0], kernel[1]),
    positions: rows * tiles,
    depth: kernel[0] * kernel[1] * channels,
  };
}

/** `filter` is an address of [...kernel, channels, filters]. */
export function winogradConvolve(
  arena: Arena,
  kernels: Kernels,
  geometry: Geometry,
  x: number,
  filter: number,
  padding: Axes,
  y: number,
): void {
  const { samples, size, channels, kernel, filters } = geometry;
  const { paddedBytes, inputBytes, positions, depth } = piecesOf(kernels, geometry);
  const packedPart = 4 * depth * panelsOf(filters);
  const productBytes = 6 * (4 * positions * filters + 64);
  const bytes = [24 * depth * filters, 6 * packedPart, paddedBytes, inputBytes, productBytes];
  arena.withScratch(bytes, (transformed = 0, packed = 0, padded = 0, inputs = 0, products = 0) => {
    kernels.winogradFilter(filter, kernel[0] * kernel[1], channels, filters, transformed);
    for (let product = 0; product < 6; product++) {
      const from = transformed + 4 * product * depth * filters;
      kernels.pack(from, 4 * filters, depth, filters, packed + product * packedPart);
    }
    const axes = [...size, channels, kernel[0], kernel[1], ...padding, filters];
    kernels.winogradConvolution(x, samples, ...axes, packed, padded, inputs, products, y);
  });
}

export function winogradFilterGradient(
  arena: Arena,
  kernels: Kernels,
  geometry: Geometry,
  x: number,
  outputGradient: number,
  padding: Axes,
  result: number,
): void {
  const { samples, size, channels, kernel, filters } = geometry;
  const { paddedBytes, inputBytes, positions, depth } = piecesOf(kernels, geometry);
  const wide = panelsOf(filters);
  const bytes = [paddedBytes, inputBytes, 24 * positions * wide, 24 * depth * wide];
  arena.withScratch(bytes, (padded = 0, inputs = 0, packed = 0, sums = 0) => {
    const axes = [...size, channels, kernel[0], kernel[1], ...padding, filters];
    kernels.winogradFilterGradient(x, outputGradient, samples, ...axes, padded, inputs, packed, sums, result);
  });
}
