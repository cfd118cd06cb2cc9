import { drawNormal, logMass, logNormaliser } from './normal.ts';
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
    const means = withPrior(observed, (low + high) / 2);
    const widths = withPrior(deviations(observed, low, high), high - low);
    const normals: Normals = { means, deviations: widths, low, high };
    return {
      addLogDensity: scale.step === undefined ? density(normals) : stepProbability(normals, scale, scale.step),
      draw(component, random) {
        const place = drawNormal({ mean: means[component] ?? 0, deviation: widths[component] ?? 1, low, high }, random);
        return scale.toScale(scale.fromScale(place));
      },
    };
  };
}

/**
 * How wide the kernel of each observation is: the distance to the farther of its neighbours by rank (for the outermost ones, to
 * their only one; for a single observation, to the farther end; Bergstra et al. 2011), but at least 0.8 / (n + 2) and 0.01 of
 * the range. Of equal observations the earlier one has the lower rank.
 *
 * Optuna has 1 / (n + 2). Narrower kernels do better on most functions and worse on those with many valleys (also Watanabe
 * 2023); of 0.5, 0.67, 0.8, 1 and 1.4, 0.8 was the least that was worse on none: docs/search.md.
 */
export function deviations(observed: Float64Array, low: number, high: number): Float64Array {
  const count = observed.length;
  const least = (high - low) * Math.max(0.01, 0.8 / (count + 2));
  const sorted = Float64Array.from(observed).sort();
  const placed = new Uint32Array(count);
  return observed.map((own) => {
    const first = lowerBound(sorted, own);
    const rank = first + (placed[first] ?? 0);
    placed[first] = rank - first + 1;
    const before = count === 1 ? low : (sorted[rank - 1] ?? own);
    const after = count === 1 ? high : (sorted[rank + 1] ?? own);
    return Math.min(high - low, Math.max(least, own - before, after - own));
  });
}

interface Normals {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  readonly low: number;
  readonly high: number;
}

/** Of a free range: the density on its scale. */
function density({ means, deviations: widths, low, high }: Normals): Kernels['addLogDensity'] {
  const count = means.length;
  const precisions = widths.map((width) => 1 / width);
  const normalisers = means.map((mean, component) => logNormaliser(mean, widths[component] ?? 1, low, high));
  return (point, sums) => {
    for (let component = 0; component < count; component++) {
      const z = (point - (means[component] ?? 0)) * (precisions[component] ?? 0);
      sums[component] = (sums[component] ?? 0) - 0.5 * z * z - (normalisers[component] ?? 0);
    }
  };
}

/** So many deviations away, a kernel has less than 1e-48 of its mass: nothing beside the prior, which is everywhere. */
const negligible = 15;

/** Of a range with steps: the probability of the values that are rounded to the point. Equal kernels are computed once. */
function stepProbability(normals: Normals, scale: Scale, step: number): Kernels['addLogDensity'] {
  const { means, deviations: widths, low, high } = normals;
  const firsts: number[] = [];
  const places = distinctPlaces(means, widths, firsts);
  const distinct = firsts.map((first) => {
    const [mean, width] = [means[first] ?? 0, widths[first] ?? 1];
    return { mean, width, within: logMass((low - mean) / width, (high - mean) / width) };
  });
  const probabilitiesOf = (value: number) => {
    const [left, right] = [scale.toScale(value - step / 2), scale.toScale(value + step / 2)];
    return distinct.map(({ mean, width, within }) => {
      const isFar = left - mean > negligible * width || mean - right > negligible * width;
      return isFar ? -Infinity : logMass((left - mean) / width, (right - mean) / width) - within;
    });
  };
  const known = new Map<number, readonly number[]>();
  return (point, sums) => {
    const value = scale.fromScale(point);
    const probabilities = known.get(value) ?? probabilitiesOf(value);
    known.set(value, probabilities);
    for (let component = 0; component < places.length; component++) {
      sums[component] = (sums[component] ?? 0) + (probabilities[places[component] ?? 0] ?? 0);
    }
  };
}

/** For each pair the place of its first like in `firsts`, which is filled. */
function distinctPlaces(means: Float64Array, widths: Float64Array, firsts: number[]): Uint32Array {
  const newest = new Map<number, number>();
  /** Of each place, the one before it with the same mean. */
  const before: (number | undefined)[] = [];
  return Uint32Array.from(means, (mean, component) => {
    let place = newest.get(mean);
    while (place !== undefined && widths[firsts[place] ?? -1] !== widths[component]) place = before[place];
    if (place !== undefined) return place;
    before.push(newest.get(mean));
    newest.set(mean, firsts.length);
    return firsts.push(component) - 1;
  });
}

function withPrior(observed: Float64Array, prior: number): Float64Array {
  const all = new Float64Array(observed.length + 1);
  all.set(observed);
  all[observed.length] = prior;
  return all;
}

/** The first place in ascending values that is not below a value. */
function lowerBound(sorted: Float64Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] ?? 0) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
