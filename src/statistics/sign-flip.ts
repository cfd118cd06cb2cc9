import { seededUniform } from './random.ts';

export interface SignFlipTest {
  /** Two-sided. */
  readonly p: number;
  /** No outcome with as many terms that differ from zero could have had a smaller p. */
  readonly smallestP: number;
  /** All signs were counted, or so many were drawn. */
  readonly method: 'exact' | 'sampled';
  readonly flips: number;
}

/** All 2^30 signs are counted by halves of 2^15 sums. */
const exactTerms = 30;
const sampledFlips = 9_999;
const seed = 20_200_202;

/** Sums of signs that differ by less than this share of the sum of all sizes are equal: rounding makes 1e-15 of it. */
const tieTolerance = 1e-12;

/**
 * Sign-flip permutation test that a sum of independent terms, each as likely to be positive as negative, is zero: p is the share
 * of all signs for which the sum is as far from zero as it is, ties counted (Fisher, The Design of Experiments, 1935,
 * section 21). Terms of zero change nothing. With more than 30 other terms signs are drawn from a fixed seed, and
 * p = (b + 1) / (n + 1) of Phipson and Smyth (2010), which is valid, not an estimate.
 */
export function signFlipTest(terms: readonly number[]): SignFlipTest {
  const scale = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  const sizes = terms.map(Math.abs).filter((size) => size > tieTolerance * scale);
  const observed = Math.abs(terms.reduce((sum, term) => sum + term, 0));
  const least = observed - tieTolerance * scale;
  if (sizes.length > exactTerms) return sampled(sizes, least);
  const flips = 2 ** sizes.length;
  // Signs come in pairs: for each there is the opposite one.
  const p = least <= 0 ? 1 : (2 * countSums(sizes, least)) / flips;
  return { p, smallestP: Math.min(1, 2 / flips), method: 'exact', flips };
}

/** How many of all signs give a sum of at least `least`: each half's sums are sorted, then passed once in opposite order. */
function countSums(sizes: readonly number[], least: number): number {
  const middle = sizes.length >> 1;
  const [low, high] = [signedSums(sizes.slice(0, middle)).sort(), signedSums(sizes.slice(middle)).sort()];
  let count = 0;
  let first = high.length;
  for (const sum of low) {
    while (first > 0 && sum + (high[first - 1] ?? 0) >= least) first--;
    count += high.length - first;
  }
  return count;
}

/** The sums for all signs. */
function signedSums(sizes: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** sizes.length);
  for (const [index, size] of sizes.entries()) {
    const known = 2 ** index;
    for (let n = 0; n < known; n++) {
      const sum = sums[n] ?? 0;
      sums[n] = sum - size;
      sums[n + known] = sum + size;
    }
  }
  return sums;
}

function sampled(sizes: readonly number[], least: number): SignFlipTest {
  const uniform = seededUniform(seed);
  const hits = countSampled(sizes, least, sampledFlips, () => uniform() < 0.5);
  return {
    p: (hits + 1) / (sampledFlips + 1),
    smallestP: 1 / (sampledFlips + 1),
    method: 'sampled',
    flips: sampledFlips,
  };
}

/** How many of `flips` draws of a sign for each term give a sum that is at least `least` from zero. */
export function countSampled(
  sizes: readonly number[],
  least: number,
  flips: number,
  isNegative: () => boolean,
): number {
  let hits = 0;
  for (let flip = 0; flip < flips; flip++) {
    let sum = 0;
    for (const size of sizes) sum += isNegative() ? -size : size;
    if (Math.abs(sum) >= least) hits++;
  }
  return hits;
}
