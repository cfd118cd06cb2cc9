import { erf, logErfc } from './error-function.ts';
import type { Random } from './random.ts';

const logHalf = -Math.LN2;
const logRootTwoPi = 0.5 * Math.log(2 * Math.PI);

/** A normal distribution cut off at both ends; its mean lies between them. */
interface TruncatedNormal {
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
}

/** What to take from -z^2 / 2, z = (x - mean) / deviation, for the logarithm of the truncated density at x. */
export function logNormaliser(mean: number, deviation: number, low: number, high: number): number {
  const mass = logMass((low - mean) / deviation, (high - mean) / deviation);
  return mass + Math.log(deviation) + logRootTwoPi;
}

/** The logarithm of the standard normal's probability between a and b, a < b, also far from its middle. */
export function logMass(a: number, b: number): number {
  // All of it, to the last bit: the commonest case among many kernels.
  if (a < -8.5 && b > 8.5) return 0;
  if (a > 0) return logMass(-b, -a);
  if (b > 0) return Math.log(0.5 * (erf(b * Math.SQRT1_2) - erf(a * Math.SQRT1_2)));
  const [below, upTo] = [logTailMass(a), logTailMass(b)];
  return upTo + Math.log(1 - Math.exp(below - upTo));
}

/** A value of it: normal ones are drawn until one lies within, with means there and deviations up to the width one in three. */
export function drawNormal({ mean, deviation, low, high }: TruncatedNormal, random: Random): number {
  for (;;) {
    const value = mean + deviation * random.normal();
    if (value >= low && value <= high) return value;
  }
}

/** log P(z <= x) for x <= 0. */
function logTailMass(x: number): number {
  return logHalf + logErfc(-x * Math.SQRT1_2);
}
