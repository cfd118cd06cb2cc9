import type { Kernels, MakeKernels } from './kernels.ts';
import type { Random } from './random.ts';

/** A density over several parameters: a weighted sum of components, each a product of one kernel a parameter. */
export interface Mixture {
  /** A point, one number a parameter. */
  draw(random: Random): Float64Array;
  /** The logarithm of the density at a point. */
  logDensity(point: Float64Array): number;
}

/**
 * The mixture around observed points: a component for each, all parameters together, so that it knows which values went with
 * which (Falkner et al. 2018), and a prior over the whole space.
 *
 * @param makers one for each parameter
 * @param observed for each parameter the points of all observations, oldest first
 */
export function mixtureOf(makers: readonly MakeKernels[], observed: readonly Float64Array[]): Mixture {
  const count = observed[0]?.length ?? 0;
  const kernels = makers.map((make, at): Kernels => make(observed[at] ?? new Float64Array(0)));
  const weights = componentWeights(count);
  const logWeights = weights.map(Math.log);
  const sums = new Float64Array(count + 1);
  return {
    draw(random) {
      const component = drawComponent(weights, random);
      return Float64Array.from(kernels, (kernel) => kernel.draw(component, random));
    },
    logDensity(point) {
      sums.set(logWeights);
      for (const [at, kernel] of kernels.entries()) kernel.addLogDensity(point[at] ?? 0, sums);
      return logSumExp(sums);
    },
  };
}

/**
 * Of the observations, oldest first, and the prior: 1 for the newest 25 and the prior; the older ones fade, down to 1 / n for
 * the first (Bergstra et al. 2013). They sum to 1.
 */
export function componentWeights(observations: number): Float64Array {
  const fading = Math.max(0, observations - 25);
  const oldest = 1 / observations;
  const weights = Float64Array.from({ length: observations + 1 }, (_, at) => {
    if (at >= fading) return 1;
    return fading === 1 ? oldest : oldest + ((1 - oldest) * at) / (fading - 1);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function drawComponent(weights: Float64Array, random: Random): number {
  let left = random.uniform();
  const found = weights.findIndex((weight) => (left -= weight) < 0);
  return found < 0 ? weights.length - 1 : found;
}

function logSumExp(values: Float64Array): number {
  let greatest = -Infinity;
  for (const value of values) greatest = Math.max(greatest, value);
  let sum = 0;
  for (const value of values) {
    // What is less than exp(-40) of the greatest is lost in rounding.
    if (value - greatest > -40) sum += Math.exp(value - greatest);
  }
  return greatest + Math.log(sum);
}
