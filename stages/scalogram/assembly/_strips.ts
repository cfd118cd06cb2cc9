// From the magnitudes of four frames, one in each lane, to their strips' means.

const SQRT_HALF: f32 = 0.70710678118654752;

/** Sums the magnitudes of each strip, every fourth by itself as far as they go. `sums` gets 16 bytes a strip. */
export function sumStrips(magnitudes: usize, strips: usize, stripLength: usize, sums: usize): void {
  let at = magnitudes;
  for (let strip: usize = 0; strip < strips; strip++) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    const end = at + (stripLength << 4);
    for (; at + 64 <= end; at += 64) {
      a = f32x4.add(a, v128.load(at));
      b = f32x4.add(b, v128.load(at, 16));
      c = f32x4.add(c, v128.load(at, 32));
      d = f32x4.add(d, v128.load(at, 48));
    }
    for (; at < end; at += 16) a = f32x4.add(a, v128.load(at));
    v128.store(sums + (strip << 4), f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
}

/** Replaces `count` times four positive normal values x by ln(x + offset), within 1e-7 (Cephes' logf). */
export function logarithm(values: usize, count: usize, offset: f32): void {
  const one = f32x4.splat(1);
  for (let at = values; at < values + (count << 4); at += 16) {
    const x = f32x4.add(v128.load(at), f32x4.splat(offset));
    let exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_u(x, 23), i32x4.splat(126)));
    let m = v128.or(v128.and(x, i32x4.splat(0x007fffff)), f32x4.splat(0.5));
    const small = f32x4.lt(m, f32x4.splat(SQRT_HALF));
    exponent = f32x4.sub(exponent, v128.and(small, one));
    m = f32x4.sub(f32x4.add(m, v128.and(small, m)), one);
    const square = f32x4.mul(m, m);
    let y = f32x4.splat(7.0376836292e-2);
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.1514610310e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.1676998740e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.2420140846e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(1.4249322787e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-1.6668057665e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(2.0000714765e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(-2.4999993993e-1));
    y = f32x4.add(f32x4.mul(y, m), f32x4.splat(3.3333331174e-1));
    y = f32x4.mul(f32x4.mul(y, m), square);
    // ln 2 in two parts, so that the product with the exponent is exact.
    y = f32x4.add(y, f32x4.mul(exponent, f32x4.splat(-2.12194440e-4)));
    y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)));
    v128.store(at, f32x4.add(f32x4.add(m, y), f32x4.mul(exponent, f32x4.splat(0.693359375))));
  }
}

/** Values of four frames in four lanes to four frames one after the other, `count` values each. */
export function separateFrames(values: usize, count: usize, to: usize): void {
  const frame = count << 2;
  for (let i: usize = 0; i < count; i++, to += 4) {
    const four = v128.load(values + (i << 4));
    v128.store_lane<f32>(to, four, 0);
    v128.store_lane<f32>(to + frame, four, 1);
    v128.store_lane<f32>(to + 2 * frame, four, 2);
    v128.store_lane<f32>(to + 3 * frame, four, 3);
  }
}
