import type { EngineTensor } from '../stage/engine.ts';

/** How many numbers a shape has. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Three spatial axes; with fewer, the first ones have length 1. */
export type Axes = readonly [number, number, number];

export function threeAxes(lengths: readonly number[]): Axes {
  const [third = 1, second = 1, first = 1] = [...lengths].reverse();
  return [first, second, third];
}

/** A convolution of [samples, ...size, channels] with [...kernel, channels, filters]. */
export interface Geometry {
  readonly samples: number;
  readonly size: Axes;
  readonly channels: number;
  readonly kernel: Axes;
  readonly filters: number;
}

/** Throws when the shapes do not fit, or have fewer than `leastAxes` spatial axes or more than three. */
export function geometryOf(x: EngineTensor, filter: EngineTensor, leastAxes: number): Geometry {
  const [samples = 0, ...spatial] = x.shape.slice(0, -1);
  const kernel = filter.shape.slice(0, -2);
  const channels = x.shape.at(-1) ?? 0;
  const rank = spatial.length;
  if (rank < leastAxes || rank > 3 || kernel.length !== rank || filter.shape.at(-2) !== channels) {
    throw new Error(`no convolution of [${x.shape.join(', ')}] with a filter [${filter.shape.join(', ')}]`);
  }
  return { samples, size: threeAxes(spatial), channels, kernel: threeAxes(kernel), filters: filter.shape.at(-1) ?? 0 };
}
