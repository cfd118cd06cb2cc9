// Wavelet transforms of four frames at once, one in each lane. Where tables lie in memory is the caller's business (see
// `kernel.ts`).

import { C } from './_fourier';

export { forward, inverseMagnitudes } from './_fourier';
export { lowRateMagnitudes } from './_low-rate';
export { logarithm, separateFrames, sumStrips } from './_strips';

/**
 * Writes `count` real values, zero from there on, as the `size` complex values that `forward` transforms. `turns` has a real
 * and an imaginary float32 for each that it is multiplied by; null for none.
 */
export function fillFrames(frames: usize, count: usize, size: usize, turns: usize, data: usize): void {
  const zero = f32x4.splat(0);
  for (let t: usize = 0; t < size; t++) {
    const value = t < count ? v128.load(frames + (t << 4)) : zero;
    const at = data + t * C;
    if (turns) {
      v128.store(at, f32x4.mul(value, v128.load_splat<f32>(turns + (t << 3))));
      v128.store(at, f32x4.mul(value, v128.load_splat<f32>(turns + (t << 3), 4)), 16);
    } else {
      v128.store(at, value);
      v128.store(at, zero, 16);
    }
  }
}
