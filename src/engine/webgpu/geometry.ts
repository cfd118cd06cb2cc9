import { sizeOf, type Geometry } from '../shape.ts';

/** Names the constants. */
export function geometryKey({ size, channels, kernel, filters }: Geometry): string {
  return `[${size.join(', ')}] by [${kernel.join(', ')}], ${channels} to ${filters}`;
}

/** The lengths are constants of the program, so that its divisions by them become cheap. */
export function geometryConstants({ size, channels, kernel, filters }: Geometry): string {
  return `
  const size = vec3<u32>(${size.join('u, ')}u);
  const kernel = vec3<i32>(${kernel.join(', ')});
  const places = ${sizeOf(kernel)}u;
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
