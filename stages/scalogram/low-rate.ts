import { reverseBits } from './fourier.ts';
import { halfWayFilter } from './half-way-filter.ts';
import type { Morlet } from './morlet.ts';

/** A bin of the frames' spectrum that a scale sees. */
interface Bin {
  /** Where it lies, in values from the beginning of the spectrum. */
  readonly from: number;
  /** Where it goes in the transform at the low rate. */
  readonly to: number;
  /** What its real and imaginary parts are multiplied by. */
  readonly re: number;
  readonly im: number;
}

/** One doubling of the rate: of the values from `start` to below `end`, each gets one behind it. */
interface Level {
  readonly start: number;
  readonly end: number;
  readonly filter: readonly number[];
}

/** How one scale is computed at a low rate and brought to the full one. */
export interface LowRatePlan {
  /** Of how many times the base length the spectrum is: 1, 2 or 4. */
  readonly padding: number;
  readonly bins: readonly Bin[];
  /** Of the transform at the low rate. */
  readonly size: number;
  /** Values at the low rate that are needed, from `first` to below `end`. */
  readonly first: number;
  readonly end: number;
  /** The lowest rate first; the last one gives the frame's values. */
  readonly levels: readonly Level[];
}

/** The wavelet's spectrum is 9e-8 of its peak there, and so is its envelope: in units of their standard deviations. */
const cutoff = 5.7;

/** Interpolation looks beyond the frame, so the envelope must have faded before the frame comes round again. */
const clearance = 5.5;

const smallest = 8;

/**
 * Plans one scale, or answers undefined when its band is too wide for a lower rate, or its wavelet too long.
 *
 * @param scale in samples
 * @param baseLength of the transforms that the spectrum is made of: a power of two, at least the frame's length
 */
export function planLowRate(
  morlet: Morlet,
  scale: number,
  frameLength: number,
  baseLength: number,
): LowRatePlan | undefined {
  const reach = scale * morlet.sigma;
  const padding = [1, 2, 4].find((times) => times * baseLength >= frameLength + clearance * reach);
  if (padding === undefined) return undefined;
  const length = padding * baseLength;
  const filters: number[][] = [];
  for (let step = 1; length / (2 * step) >= smallest; step *= 2) {
    const filter = halfWayFilter(step / reach);
    if (filter === undefined) break;
    filters.unshift(filter);
  }
  if (filters.length === 0) return undefined;
  const size = length >> filters.length;
  const { levels, first, end } = planLevels(filters, frameLength);
  return { padding, bins: binsOf(morlet, scale, baseLength, padding, size), size, first, end, levels };
}

function planLevels(
  filters: readonly number[][],
  frameLength: number,
): { levels: Level[]; first: number; end: number } {
  let [first, end] = [0, frameLength];
  const levels: Level[] = [];
  for (const filter of [...filters].reverse()) {
    const level = { start: Math.floor(first / 2), end: Math.ceil(end / 2), filter };
    levels.unshift(level);
    [first, end] = [level.start - filter.length + 1, level.end + filter.length];
  }
  return { levels, first, end };
}

/** The bins of the scale's band, turned back so that its centre frequency comes to zero. */
function binsOf(morlet: Morlet, scale: number, baseLength: number, padding: number, size: number): Bin[] {
  const length = padding * baseLength;
  const { omega0, sigma } = morlet;
  const binWidth = (2 * Math.PI * scale) / length;
  const centre = Math.round(omega0 / binWidth);
  const [lowest, highest] = [(omega0 - cutoff / sigma) / binWidth, (omega0 + cutoff / sigma) / binWidth];
  const bins: Bin[] = [];
  for (let bin = Math.ceil(lowest); bin <= highest; bin++) {
    const distance = sigma * (bin * binWidth - omega0);
    const gain = (sigma * Math.sqrt(2 * Math.PI * scale) * Math.exp((-distance * distance) / 2)) / length;
    const { from, conjugate } = placeOf(wrapped(bin, length) * (4 / padding), baseLength);
    const to = reverseBits(wrapped(bin - centre, size), Math.log2(size));
    bins.push({ from, to, re: gain, im: conjugate ? -gain : gain });
  }
  return bins;
}

function wrapped(index: number, length: number): number {
  return ((index % length) + length) % length;
}

/**
 * Where a bin of the transform of four times the base length lies: the bins 4k come first, then 4k + 2, then 4k + 1, each in
 * bit-reversed order. The bins 4k + 3 are the conjugates of the others, as the frames are real.
 */
function placeOf(bin: number, baseLength: number): { from: number; conjugate: boolean } {
  const conjugate = bin % 4 === 3;
  const held = conjugate ? 4 * baseLength - bin : bin;
  const block = [0, 2, 1][held % 4] ?? 0;
  return { from: block * baseLength + reverseBits(Math.floor(held / 4), Math.log2(baseLength)), conjugate };
}
