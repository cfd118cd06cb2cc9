// A wavelet transform computed at a lower rate and brought to the full one by interpolation. Turned back by the wavelet's
// centre frequency, which no magnitude sees, it is a narrow band round zero.

import { C, inverse, magnitude } from './_fourier';

/** What `low-rate.ts` writes for one scale. All of it in units of values, but `bins`, an address. */
@unmanaged
class Plan {
  bins: usize;
  binCount: u32;
  /** Values in a turn of the transform at the lowest rate. */
  size: u32;
  /** Values at the lowest rate that are needed, from `first` (not above 0) to below `end`. */
  first: i32;
  end: i32;
  levels: u32;
}

/** A bin of the spectrum: where it lies, where it goes, and what its two parts are multiplied by. */
@unmanaged
class Bin {
  from: u32;
  to: u32;
  re: f32;
  im: f32;
}

/** Twice the rate: of each value from `start` to below `end` itself and the one between it and the next. */
@unmanaged
class Level {
  start: i32;
  end: i32;
  pairs: u32;
}

/** Bytes of a level with its up to six filter coefficients, which begin after `HEAD` bytes. */
const LEVEL: usize = 36;
const HEAD: usize = 12;
/** Bytes from the first value that `between` may see to the one before its result. */
const FIVE: usize = 5 * 32;

/**
 * Magnitudes of one scale from the spectrum of the frames. `one` and `other` are room for values at all but the full rate, with
 * room for `-first` values before them.
 */
export function lowRateMagnitudes(
  plan: usize, spectrum: usize, one: usize, other: usize, table: usize, magnitudes: usize,
): void {
  const head = changetype<Plan>(plan);
  gatherBins(head, spectrum, one);
  inverse(one, head.size, table);
  unroll(one, <i32>head.size, head.first, head.end);
  let level = plan + offsetof<Plan>();
  let from = one, to = other;
  for (let left = head.levels; left > 1; left--) {
    doubleRate(level, from, to);
    const next = from;
    from = to;
    to = next;
    level += LEVEL;
  }
  lastLevel(level, from, magnitudes);
}

// @ts-ignore: decorator
@inline
function gatherBins(plan: Plan, spectrum: usize, to: usize): void {
  const zero = f32x4.splat(0);
  for (let at = to; at < to + <usize>plan.size * C; at += C) {
    v128.store(at, zero);
    v128.store(at, zero, 16);
  }
  const end = plan.bins + plan.binCount * offsetof<Bin>();
  for (let at = plan.bins; at < end; at += offsetof<Bin>()) {
    const bin = changetype<Bin>(at);
    const source = spectrum + bin.from, target = to + bin.to;
    v128.store(target, f32x4.mul(v128.load(source), f32x4.splat(bin.re)));
    v128.store(target, f32x4.mul(v128.load(source, 16), f32x4.splat(bin.im)), 16);
  }
}

/** The transform is periodic: continues it before its beginning and after its end. */
// @ts-ignore: decorator
@inline
function unroll(data: usize, size: i32, first: i32, end: i32): void {
  for (let index = -1; index >= first; index--) copyValue(data, index + size, index);
  for (let index = size; index < end; index++) copyValue(data, index - size, index);
}

// @ts-ignore: decorator
@inline
function copyValue(data: usize, from: i32, to: i32): void {
  const source = data + from * <i32>C, target = data + to * <i32>C;
  v128.store(target, v128.load(source));
  v128.store(target, v128.load(source, 16), 16);
}

// @ts-ignore: decorator
@inline
function doubleRate(at: usize, from: usize, to: usize): void {
  const level = changetype<Level>(at), filter = at + HEAD;
  switch (level.pairs) {
    case 2: return doubleRateBy(2, filter, level, from, to);
    case 3: return doubleRateBy(3, filter, level, from, to);
    case 4: return doubleRateBy(4, filter, level, from, to);
    case 5: return doubleRateBy(5, filter, level, from, to);
    default: return doubleRateBy(6, filter, level, from, to);
  }
}

// @ts-ignore: decorator
@inline
function doubleRateBy(pairs: i32, filter: usize, level: Level, from: usize, to: usize): void {
  const a = tap(filter, 0), b = tap(filter, 1), c = tap(filter, 2), d = tap(filter, 3), e = tap(filter, 4), f = tap(filter, 5);
  let low = from + level.start * <i32>C - FIVE, out = to + level.start * <i32>C * 2;
  const end = from + level.end * <i32>C - FIVE;
  for (; low < end; low += C, out += 2 * C) {
    v128.store(out, v128.load(low, FIVE));
    v128.store(out, v128.load(low, FIVE + 16), 16);
    v128.store(out, between(pairs, low, a, b, c, d, e, f), 32);
    v128.store(out, between(pairs, low + 16, a, b, c, d, e, f), 48);
  }
}

// @ts-ignore: decorator
@inline
function lastLevel(at: usize, from: usize, magnitudes: usize): void {
  const level = changetype<Level>(at), filter = at + HEAD;
  switch (level.pairs) {
    case 2: return lastLevelBy(2, filter, level, from, magnitudes);
    case 3: return lastLevelBy(3, filter, level, from, magnitudes);
    case 4: return lastLevelBy(4, filter, level, from, magnitudes);
    case 5: return lastLevelBy(5, filter, level, from, magnitudes);
    default: return lastLevelBy(6, filter, level, from, magnitudes);
  }
}

// @ts-ignore: decorator
@inline
function lastLevelBy(pairs: i32, filter: usize, level: Level, from: usize, magnitudes: usize): void {
  const a = tap(filter, 0), b = tap(filter, 1), c = tap(filter, 2), d = tap(filter, 3), e = tap(filter, 4), f = tap(filter, 5);
  let low = from + level.start * <i32>C - FIVE, out = magnitudes + level.start * <i32>C;
  const end = from + level.end * <i32>C - FIVE;
  for (; low < end; low += C, out += C) {
    v128.store(out, magnitude(v128.load(low, FIVE), v128.load(low, FIVE + 16)));
    const re = between(pairs, low, a, b, c, d, e, f);
    v128.store(out, magnitude(re, between(pairs, low + 16, a, b, c, d, e, f)), 16);
  }
}

// @ts-ignore: decorator
@inline
function tap(filter: usize, index: usize): v128 {
  return v128.load_splat<f32>(filter + (index << 2));
}

/**
 * The value between the sixth and the seventh from `low`, by a symmetric filter of two to six pairs. Offsets that are constant
 * cost nothing.
 */
// @ts-ignore: decorator
@inline
function between(pairs: i32, low: usize, a: v128, b: v128, c: v128, d: v128, e: v128, f: v128): v128 {
  let sum = f32x4.mul(f32x4.add(v128.load(low, 160), v128.load(low, 192)), a);
  sum = f32x4.add(sum, f32x4.mul(f32x4.add(v128.load(low, 128), v128.load(low, 224)), b));
  if (pairs > 2) sum = f32x4.add(sum, f32x4.mul(f32x4.add(v128.load(low, 96), v128.load(low, 256)), c));
  if (pairs > 3) sum = f32x4.add(sum, f32x4.mul(f32x4.add(v128.load(low, 64), v128.load(low, 288)), d));
  if (pairs > 4) sum = f32x4.add(sum, f32x4.mul(f32x4.add(v128.load(low, 32), v128.load(low, 320)), e));
  if (pairs > 5) sum = f32x4.add(sum, f32x4.mul(f32x4.add(v128.load(low), v128.load(low, 352)), f));
  return sum;
}
