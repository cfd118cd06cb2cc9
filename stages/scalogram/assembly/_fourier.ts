// Fourier transforms of four frames at once, one in each lane. A complex number of four frames is 32 bytes: real parts, then
// imaginary parts. Spectra are in bit-reversed order, so that no transform reorders.

/** Bytes of one complex number of four frames. */
export const C: usize = 32;
/** Bytes of the twiddle factors of one index: w^j, w^2j, w^3j as real and imaginary float32. */
const T: usize = 24;

const SQRT_HALF: f32 = 0.70710678118654752;

/** Twiddle factors exp(2 pi i j / 4 length) for j = 0 .. length - 1; the table holds those of length 1, 2, 4, ... in turn. */
// @ts-ignore: decorator
@inline
function twiddlesOf(table: usize, length: usize): usize {
  return table + (length - 1) * T;
}

/**
 * Fourier transform of `size` values in place, decimation in frequency: natural order in, bit-reversed order out.
 */
export function forward(data: usize, size: usize, table: usize): void {
  let length = size >> 2;
  for (; length > 0; length >>= 2) {
    const twiddles = twiddlesOf(table, length);
    for (let block: usize = 0; block < size; block += length << 2) {
      for (let j: usize = 0; j < length; j++) forwardFour(data + (block + j) * C, length * C, twiddles + j * T);
    }
  }
  if (ctz(size) & 1) {
    for (let at = data; at < data + size * C; at += 2 * C) {
      const a = v128.load(at), b = v128.load(at, 16), c = v128.load(at, 32), d = v128.load(at, 48);
      v128.store(at, f32x4.add(a, c));
      v128.store(at, f32x4.add(b, d), 16);
      v128.store(at, f32x4.sub(a, c), 32);
      v128.store(at, f32x4.sub(b, d), 48);
    }
  }
}

// @ts-ignore: decorator
@inline
function forwardFour(at: usize, step: usize, twiddle: usize): void {
  const second = at + step, third = second + step, fourth = third + step;
  const ar = v128.load(at), ai = v128.load(at, 16);
  const br = v128.load(second), bi = v128.load(second, 16);
  const cr = v128.load(third), ci = v128.load(third, 16);
  const dr = v128.load(fourth), di = v128.load(fourth, 16);
  const pr = f32x4.add(ar, cr), pi = f32x4.add(ai, ci);
  const qr = f32x4.sub(ar, cr), qi = f32x4.sub(ai, ci);
  const sr = f32x4.add(br, dr), si = f32x4.add(bi, di);
  const tr = f32x4.sub(bi, di), ti = f32x4.sub(dr, br);
  v128.store(at, f32x4.add(pr, sr));
  v128.store(at, f32x4.add(pi, si), 16);
  storeTurnedBack(second, f32x4.sub(pr, sr), f32x4.sub(pi, si), twiddle + 8);
  storeTurnedBack(third, f32x4.add(qr, tr), f32x4.add(qi, ti), twiddle);
  storeTurnedBack(fourth, f32x4.sub(qr, tr), f32x4.sub(qi, ti), twiddle + 16);
}

/** Stores (re + i im) times the conjugate of a twiddle factor. */
// @ts-ignore: decorator
@inline
function storeTurnedBack(at: usize, re: v128, im: v128, twiddle: usize): void {
  const c = v128.load_splat<f32>(twiddle), s = v128.load_splat<f32>(twiddle, 4);
  v128.store(at, f32x4.add(f32x4.mul(re, c), f32x4.mul(im, s)));
  v128.store(at, f32x4.sub(f32x4.mul(im, c), f32x4.mul(re, s)), 16);
}

/** Inverse transform of `size` values in place, 8 or more, without the factor 1 / size: bit-reversed order in, natural out. */
export function inverse(data: usize, size: usize, table: usize): void {
  if (ctz(size) & 1) {
    for (let j: usize = 0; j < size; j += 8) firstEight(data + j * C, 0, data + j * C);
    laterPasses(data, size, 8, table);
  } else {
    for (let j: usize = 0; j < size; j += 4) firstFour(data + j * C, 0, data + j * C);
    laterPasses(data, size, 4, table);
  }
}

/**
 * Magnitudes of `count` outputs from the first of the inverse transform of `spectrum` times `gains` (real, float32, in
 * bit-reversed order, the factor 1 / size in them), decimation in time. `size` is a power of two, 16 or more.
 * `magnitudes` gets 16 bytes an output: the four frames.
 */
export function inverseMagnitudes(
  spectrum: usize, gains: usize, size: usize, work: usize, table: usize, magnitudes: usize, count: usize,
): void {
  const quarter = size >> 2;
  // A quarter at a time stays in the first-level cache.
  for (let start: usize = 0; start < size; start += quarter) {
    inverseOfPart(spectrum + start * C, gains + (start << 2), quarter, <i32>ctz(size) & 1, work + start * C, table);
  }
  lastPass(work, quarter, twiddlesOf(table, quarter), magnitudes, count);
}

// @ts-ignore: decorator
@inline
function inverseOfPart(spectrum: usize, gains: usize, size: usize, odd: i32, work: usize, table: usize): void {
  if (odd) {
    for (let j: usize = 0; j < size; j += 8) firstEight(spectrum + j * C, gains + (j << 2), work + j * C);
    laterPasses(work, size, 8, table);
  } else {
    for (let j: usize = 0; j < size; j += 4) firstFour(spectrum + j * C, gains + (j << 2), work + j * C);
    laterPasses(work, size, 4, table);
  }
}

function laterPasses(work: usize, size: usize, done: usize, table: usize): void {
  for (let length = done; length < size; length <<= 2) {
    const twiddles = twiddlesOf(table, length);
    for (let block: usize = 0; block < size; block += length << 2) {
      for (let j: usize = 0; j < length; j++) inverseFour(work + (block + j) * C, length * C, twiddles + j * T);
    }
  }
}

/** Four values `from`, times their `gains` unless these are null. */
// @ts-ignore: decorator
@inline
function firstFour(from: usize, gains: usize, to: usize): void {
  let ar = v128.load(from), ai = v128.load(from, 16);
  let cr = v128.load(from, 32), ci = v128.load(from, 48);
  let br = v128.load(from, 64), bi = v128.load(from, 80);
  let dr = v128.load(from, 96), di = v128.load(from, 112);
  if (gains) {
    const g0 = v128.load_splat<f32>(gains), g2 = v128.load_splat<f32>(gains, 4);
    const g1 = v128.load_splat<f32>(gains, 8), g3 = v128.load_splat<f32>(gains, 12);
    ar = f32x4.mul(ar, g0), ai = f32x4.mul(ai, g0);
    cr = f32x4.mul(cr, g2), ci = f32x4.mul(ci, g2);
    br = f32x4.mul(br, g1), bi = f32x4.mul(bi, g1);
    dr = f32x4.mul(dr, g3), di = f32x4.mul(di, g3);
  }
  const pr = f32x4.add(ar, cr), pi = f32x4.add(ai, ci);
  const qr = f32x4.sub(ar, cr), qi = f32x4.sub(ai, ci);
  const sr = f32x4.add(br, dr), si = f32x4.add(bi, di);
  const tr = f32x4.sub(di, bi), ti = f32x4.sub(br, dr);
  v128.store(to, f32x4.add(pr, sr));
  v128.store(to, f32x4.add(pi, si), 16);
  v128.store(to, f32x4.add(qr, tr), 32);
  v128.store(to, f32x4.add(qi, ti), 48);
  v128.store(to, f32x4.sub(pr, sr), 64);
  v128.store(to, f32x4.sub(pi, si), 80);
  v128.store(to, f32x4.sub(qr, tr), 96);
  v128.store(to, f32x4.sub(qi, ti), 112);
}

// @ts-ignore: decorator
@inline
function firstEight(from: usize, gains: usize, to: usize): void {
  firstFour(from, gains, to);
  firstFour(from + 4 * C, gains ? gains + 16 : 0, to + 4 * C);
  joinHalves(to, 1, 0);
  joinHalves(to + C, SQRT_HALF, SQRT_HALF);
  joinHalves(to + 2 * C, 0, 1);
  joinHalves(to + 3 * C, -SQRT_HALF, SQRT_HALF);
}

/** The values at `at` and four further, the second turned by c + i s: their sum and difference. */
// @ts-ignore: decorator
@inline
function joinHalves(at: usize, c: f32, s: f32): void {
  const ar = v128.load(at), ai = v128.load(at, 16);
  const er = v128.load(at, 128), ei = v128.load(at, 144);
  const cc = f32x4.splat(c), ss = f32x4.splat(s);
  const br = f32x4.sub(f32x4.mul(er, cc), f32x4.mul(ei, ss));
  const bi = f32x4.add(f32x4.mul(er, ss), f32x4.mul(ei, cc));
  v128.store(at, f32x4.add(ar, br));
  v128.store(at, f32x4.add(ai, bi), 16);
  v128.store(at, f32x4.sub(ar, br), 128);
  v128.store(at, f32x4.sub(ai, bi), 144);
}

// @ts-ignore: decorator
@inline
function turnedRe(re: v128, im: v128, twiddle: usize): v128 {
  return f32x4.sub(f32x4.mul(re, v128.load_splat<f32>(twiddle)), f32x4.mul(im, v128.load_splat<f32>(twiddle, 4)));
}

// @ts-ignore: decorator
@inline
function turnedIm(re: v128, im: v128, twiddle: usize): v128 {
  return f32x4.add(f32x4.mul(re, v128.load_splat<f32>(twiddle, 4)), f32x4.mul(im, v128.load_splat<f32>(twiddle)));
}

// @ts-ignore: decorator
@inline
function inverseFour(at: usize, step: usize, twiddle: usize): void {
  const second = at + step, third = second + step, fourth = third + step;
  const ar = v128.load(at), ai = v128.load(at, 16);
  let re = v128.load(second), im = v128.load(second, 16);
  const cr = turnedRe(re, im, twiddle + 8), ci = turnedIm(re, im, twiddle + 8);
  re = v128.load(third), im = v128.load(third, 16);
  const br = turnedRe(re, im, twiddle), bi = turnedIm(re, im, twiddle);
  re = v128.load(fourth), im = v128.load(fourth, 16);
  const dr = turnedRe(re, im, twiddle + 16), di = turnedIm(re, im, twiddle + 16);
  const pr = f32x4.add(ar, cr), pi = f32x4.add(ai, ci);
  const qr = f32x4.sub(ar, cr), qi = f32x4.sub(ai, ci);
  const sr = f32x4.add(br, dr), si = f32x4.add(bi, di);
  const tr = f32x4.sub(di, bi), ti = f32x4.sub(br, dr);
  v128.store(at, f32x4.add(pr, sr));
  v128.store(at, f32x4.add(pi, si), 16);
  v128.store(second, f32x4.add(qr, tr));
  v128.store(second, f32x4.add(qi, ti), 16);
  v128.store(third, f32x4.sub(pr, sr));
  v128.store(third, f32x4.sub(pi, si), 16);
  v128.store(fourth, f32x4.sub(qr, tr));
  v128.store(fourth, f32x4.sub(qi, ti), 16);
}

// @ts-ignore: decorator
@inline
export function magnitude(re: v128, im: v128): v128 {
  return f32x4.sqrt(f32x4.add(f32x4.mul(re, re), f32x4.mul(im, im)));
}

/** The last pass of the inverse transform, for the outputs that lie in the frame alone. */
// @ts-ignore: decorator
@inline
function lastPass(work: usize, length: usize, twiddles: usize, magnitudes: usize, count: usize): void {
  const step = length * C;
  for (let j: usize = 0; j < length && j < count; j++) {
    const at = work + j * C, second = at + step, third = second + step, fourth = third + step;
    const twiddle = twiddles + j * T;
    const ar = v128.load(at), ai = v128.load(at, 16);
    let re = v128.load(second), im = v128.load(second, 16);
    const cr = turnedRe(re, im, twiddle + 8), ci = turnedIm(re, im, twiddle + 8);
    re = v128.load(third), im = v128.load(third, 16);
    const br = turnedRe(re, im, twiddle), bi = turnedIm(re, im, twiddle);
    re = v128.load(fourth), im = v128.load(fourth, 16);
    const dr = turnedRe(re, im, twiddle + 16), di = turnedIm(re, im, twiddle + 16);
    const pr = f32x4.add(ar, cr), pi = f32x4.add(ai, ci);
    const sr = f32x4.add(br, dr), si = f32x4.add(bi, di);
    const out = magnitudes + (j << 4);
    v128.store(out, magnitude(f32x4.add(pr, sr), f32x4.add(pi, si)));
    if (j + length >= count) continue;
    const qr = f32x4.sub(ar, cr), qi = f32x4.sub(ai, ci);
    const tr = f32x4.sub(di, bi), ti = f32x4.sub(br, dr);
    v128.store(out + (length << 4), magnitude(f32x4.add(qr, tr), f32x4.add(qi, ti)));
    if (j + 2 * length >= count) continue;
    v128.store(out + (length << 5), magnitude(f32x4.sub(pr, sr), f32x4.sub(pi, si)));
    if (j + 3 * length >= count) continue;
    v128.store(out + length * 48, magnitude(f32x4.sub(qr, tr), f32x4.sub(qi, ti)));
  }
}
