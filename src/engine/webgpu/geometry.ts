import type { EngineTensor } from '../../stage/engine.ts';
import { threeAxes, type Axes } from './windows.ts';

/** A convolution; in 2d the first of three spatial axes has length 1. */
export interface Geometry {
  readonly samples: number;
  readonly size: Axes;
  readonly channels: number;
  readonly kernel: Axes;
  readonly filters: number;
}

export function geometryOf(x: EngineTensor, filter: EngineTensor): Geometry {
  const [samples = 0, ...spatial] = x.shape.slice(0, -1);
  const kernel = filter.shape.slice(0, -2);
  const channels = x.shape.at(-1) ?? 0;
  const rank = spatial.length;
  if (rank < 2 || rank > 3 || kernel.length !== rank || filter.shape.at(-2) !== channels) {
    throw new Error(`no convolution of [${x.shape.join(', ')}] with a filter [${filter.shape.join(', ')}]`);
  }
  return { samples, size: threeAxes(spatial), channels, kernel: threeAxes(kernel), filters: filter.shape.at(-1) ?? 0 };
}

/** Names the constants. */
export function geometryKey({ size, channels, kernel, filters }: Geometry): string {
  return `[${size.join(', ')}] by [${kernel.join(', ')}], ${channels} to ${filters}`;
}

/** The lengths are constants of the program, so that its divisions by them become cheap. */
export function geometryConstants({ size, channels, kernel, filters }: Geometry): string {
  return `
  const size = vec3<u32>(${size.join('u, ')}u);
  const kernel = vec3<i32>(${kernel.join(', ')});
  const places = ${kernel.reduce((product, length) => product * length, 1)}u;
  // An even kernel has its extra place after.
  const padding = vec3<i32>(${kernel.map((length) => Math.floor((length - 1) / 2)).join(', ')});
  const channels = ${channels}u;
  const filters = ${filters}u;
  // The position, of all samples, at a place of the kernel around a position; negative outside.
  fn neighbour(position: u32, place: u32, before: vec3<i32>) -> i32 {
    let d = position % size.z;
    let b = (position / size.z) % size.y;
    let a = (position / (size.z * size.y)) % size.x;
    let sample = position / (size.z * size.y * size.x);
    let inKernel = vec3<u32>(place / ${kernel[1] * kernel[2]}u, place / ${kernel[2]}u % ${kernel[1]}u, place % ${kernel[2]}u);
    let at = vec3<i32>(vec3<u32>(a, b, d) + inKernel) - before;
    if (any(at < vec3<i32>(0)) || any(at >= vec3<i32>(size))) { return -1; }
    return ((i32(sample * size.x) + at.x) * i32(size.y) + at.y) * i32(size.z) + at.z;
  }`;
}
