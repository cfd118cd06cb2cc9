import { logMass, logNormaliser, drawNormal, type TruncatedNormal } from './normal.ts';
import type { Random } from './random.ts';
import { scaleOf, type Scale } from './scale.ts';
import type { Choice, Range } from './space.ts';

/**
 * One parameter's part of a mixture's components: a component for each observation, in their order, and the prior last. Points
 * are numbers: the index of a choice, the place of a range on its scale.
 */
export interface Kernels {
  /** Adds the logarithm of each component's density at a point to `sums`, one for each component. */
  addLogDensity(point: number, sums: Float64Array): void;
  /** A point of a component. */
  draw(component: number, random: Random): number;
}

/** Points of earlier trials to the kernels around them. */
export type MakeKernels = (observed: Float64Array) => Kernels;

/** Each component has its own value once more than the others: counts 1 + 1 / m and 1 / m, m components with the prior. */
export function choiceKernels({ values }: Choice): MakeKernels {
  const choices = values.length;
  return (observed) => {
    const components = observed.length + 1;
    const total = 1 + choices / components;
    const [own, other] = [Math.log((1 + 1 / components) / total), Math.log(1 / components / total)];
    const prior = Math.log(1 / choices);
    return {
      addLogDensity(point, sums) {
        for (let component = 0; component < observed.length; component++) {
          sums[component] = (sums[component] ?? 0) + (observed[component] === point ? own : other);
        }
        sums[observed.length] = (sums[observed.length] ?? 0) + prior;
      },
      draw(component, random) {
        const value = observed[component];
        const stays = value !== undefined && random.uniform() * total < 1;
        return stays ? value : random.integer(choices);
      },
    };
  };
}

/** Normals cut off at the ends of the range, as wide as {@link deviations} says; the prior is as wide as the range. */
export function rangeKernels(range: Range): MakeKernels {
  const scale = scaleOf(range);
  const { low, high } = scale;
  return (observed) => {
    const means = Float64Array.of(...observed, (low + high) / 2);
    const widths = Float64Array.of(...deviations(observed, low, high), high - low);
    const normal = (component: number): TruncatedNormal => {
      return { mean: means[component] ?? 0, deviation: widths[component] ?? 1, low, high };
    };
    const draw = (component: number, random: Random) =>
      scale.toScale(scale.fromScale(drawNormal(normal(component), random)));
    const kernels = Array.from(means, (_, component) => normal(component));
    return {
      draw,
      addLogDensity: scale.step === undefined ? density(kernels) : cellDensity(kernels, scale, scale.step),
    };
  };
}

/**
 * How wide the kernel of each observation is: the distance to its farther neighbour (for the outermost ones, to their only
 * one; for a single observation, to the farther end), but at least 1 / min(100, n + 2) of the range (Bergstra et al. 2011; the
 * least width as in Optuna 5).
 */
export function deviations(observed: Float64Array, low: number, high: number): Float64Array {
  const count = observed.length;
  const least = (high - low) / Math.min(100, count + 2);
  const order = Uint32Array.from(observed.keys()).sort((a, b) => (observed[a] ?? 0) - (observed[b] ?? 0) || a - b);
  const widths = new Float64Array(count);
  for (const [rank, index] of order.entries()) {
    const own = observed[index] ?? 0;
    const before = observed[order[rank - 1] ?? -1];
    const after = observed[order[rank + 1] ?? -1];
    const [left, right] = count === 1 ? [own - low, high - own] : [own - (before ?? own), (after ?? own) - own];
    widths[index] = Math.min(high - low, Math.max(least, left, right));
  }
  return widths;
}

/** Of a free range: the density on its scale. */
function density(kernels: readonly TruncatedNormal[]): Kernels['addLogDensity'] {
  const means = Float64Array.from(kernels, ({ mean }) => mean);
  const precisions = Float64Array.from(kernels, ({ deviation }) => 1 / deviation);
  const normalisers = Float64Array.from(kernels, logNormaliser);
  return (point, sums) => {
    for (let component = 0; component < means.length; component++) {
      const z = (point - (means[component] ?? 0)) * (precisions[component] ?? 0);
      sums[component] = (sums[component] ?? 0) - 0.5 * z * z - (normalisers[component] ?? 0);
    }
  };
}

/** Of a range with steps: the probability of the values that are rounded to the point. Equal kernels are computed once. */
function cellDensity(kernels: readonly TruncatedNormal[], scale: Scale, step: number): Kernels['addLogDensity'] {
  const distinct = new Map<string, number>();
  const places = kernels.map(({ mean, deviation }) => {
    const name = `${mean}/${deviation}`;
    const place = distinct.get(name) ?? distinct.size;
    distinct.set(name, place);
    return place;
  });
  const firsts = [...new Map(places.map((place, component) => [place, component])).values()].map((at) => kernels[at]);
  return (point, sums) => {
    const value = scale.fromScale(point);
    const [left, right] = [scale.toScale(value - step / 2), scale.toScale(value + step / 2)];
    const masses = firsts.map((kernel) => (kernel ? cellMass(kernel, left, right) : 0));
    for (const [component, place] of places.entries()) {
      sums[component] = (sums[component] ?? 0) + (masses[place] ?? 0);
    }
  };
}

function cellMass({ mean, deviation, low, high }: TruncatedNormal, left: number, right: number): number {
  const inside = logMass((left - mean) / deviation, (right - mean) / deviation);
  return inside - logMass((low - mean) / deviation, (high - mean) / deviation);
}
