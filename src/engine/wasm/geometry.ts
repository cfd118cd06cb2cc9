import type { EngineTensor } from '../../stage/engine.ts';

/** Three spatial axes; a 2d convolution has a first one of length 1. */
export type Axes = readonly [number, number, number];

export interface Geometry {
  readonly samples: number;
  readonly size: Axes;
  readonly channels: number;
  readonly kernel: Axes;
  readonly filters: number;
}

/** Leading axes of length 1 make three of a 2d convolution's two; throws when shapes do not fit. */
export function geometryOf(x: EngineTensor, filter: EngineTensor): Geometry {
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

/** Columns filled up to whole panels. */
export function panelsOf(columns: number): number {
  return 8 * Math.ceil(columns / 8);
}
