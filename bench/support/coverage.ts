import { clusterInterval } from '../../src/statistics/cluster-interval.ts';
import { linearise } from '../../src/statistics/cluster-terms.ts';
import { seededUniform } from '../../src/statistics/random.ts';

/** Utterances of Emo-DB by speaker (03, 08 to 16): anger, sadness, happiness, neutral. */
const emodbCounts = [
  [14, 7, 7, 11],
  [12, 9, 11, 10],
  [13, 4, 4, 9],
  [10, 3, 4, 4],
  [11, 7, 8, 9],
  [12, 4, 2, 4],
  [12, 5, 10, 9],
  [16, 10, 8, 7],
  [13, 4, 6, 11],
  [14, 9, 11, 5],
] as const;

/** Log odds of recognising each class: recalls near 84, 96, 65 and 89 %, as on Emo-DB. */
const classOdds = [1.8, 3.3, 0.7, 2.3];

/**
 * Standard deviations of log odds among speakers, among a speaker's classes, and among utterances; and what a second system changes
 * for a speaker's class. With these the UAR of speakers spreads by about 8 points, as in docs/results.md.
 */
const spread = { speaker: 0.6, cell: 0.6, utterance: 1, system: 0.5 };
const shift = 0.3;
const seedsOfARun = 5;

export interface Coverage {
  readonly speakers: number;
  readonly trials: number;
  /** Shares of 95 % intervals that hold the true value: of one system's UAR, and of the difference of two. */
  readonly uar: number;
  readonly difference: number;
  /** The same of a percentile bootstrap over speakers, where it was made. */
  readonly bootstrap?: { readonly uar: number; readonly difference: number };
}

/**
 * How often the interval by speaker holds the truth: speakers are drawn with Emo-DB's counts (again from the first after the
 * tenth), each with their own odds for each class, two systems with five seeds each answer.
 */
export function simulateCoverage(
  speakers: number,
  options: { readonly trials: number; readonly seed: number; readonly draws?: number },
): Coverage {
  const { trials, seed, draws } = options;
  const uniform = seededUniform(seed);
  const counts = classOdds.map((_, label) =>
    Float64Array.from({ length: speakers }, (_, n) => emodbCounts[n % emodbCounts.length]?.[label] ?? 0),
  );
  const truth = trueValues();
  const hits = { uar: 0, difference: 0, bootstrapUar: 0, bootstrapDifference: 0 };
  for (let trial = 0; trial < trials; trial++) {
    const { uar, difference } = drawExperiment(counts, speakers, uniform);
    hits.uar += isInside(truth.uar, clusterInterval(linearise(counts, uar, speakers)));
    hits.difference += isInside(truth.difference, clusterInterval(linearise(counts, difference, speakers)));
    if (draws === undefined) continue;
    const found = percentileBootstrap(counts, [uar, difference], speakers, draws, uniform);
    hits.bootstrapUar += isInside(truth.uar, found[0]);
    hits.bootstrapDifference += isInside(truth.difference, found[1]);
  }
  return {
    speakers,
    trials,
    uar: hits.uar / trials,
    difference: hits.difference / trials,
    ...(draws !== undefined && {
      bootstrap: { uar: hits.bootstrapUar / trials, difference: hits.bootstrapDifference / trials },
    }),
  };
}

interface Sums {
  /** By class and speaker: summed correctness, averaged over the seeds; of the first system, and second less first. */
  readonly uar: readonly Float64Array[];
  readonly difference: readonly Float64Array[];
}

function drawExperiment(counts: readonly Float64Array[], speakers: number, uniform: () => number): Sums {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  const uar = counts.map(() => new Float64Array(speakers));
  const difference = counts.map(() => new Float64Array(speakers));
  for (let speaker = 0; speaker < speakers; speaker++) {
    const skill = spread.speaker * normal();
    for (const [label, odds] of classOdds.entries()) {
      const own = odds + skill + spread.cell * normal();
      const other = own + shift + spread.system * normal();
      let [first, second] = [0, 0];
      for (let unit = counts[label]?.[speaker] ?? 0; unit > 0; unit--) {
        const ease = spread.utterance * normal();
        first += answers(own + ease, uniform);
        second += answers(other + ease, uniform);
      }
      set(uar[label], speaker, first);
      set(difference[label], speaker, second - first);
    }
  }
  return { uar, difference };
}

/** Share of the seeds that recognise an utterance. */
function answers(odds: number, uniform: () => number): number {
  const probability = 1 / (1 + Math.exp(-odds));
  let right = 0;
  for (let seed = 0; seed < seedsOfARun; seed++) if (uniform() < probability) right++;
  return right / seedsOfARun;
}

/** Expected recalls, by the trapezoidal rule over the normal spread of the odds. */
function trueValues(): { readonly uar: number; readonly difference: number } {
  const variance = spread.speaker ** 2 + spread.cell ** 2 + spread.utterance ** 2;
  const average = (move: number, deviation: number) =>
    classOdds.reduce((sum, odds) => sum + expectedRecall(odds + move, deviation), 0) / classOdds.length;
  const uar = average(0, Math.sqrt(variance));
  return { uar, difference: average(shift, Math.sqrt(variance + spread.system ** 2)) - uar };
}

function expectedRecall(odds: number, deviation: number): number {
  let [sum, weights] = [0, 0];
  for (let z = -9; z <= 9; z += 0.01) {
    const weight = Math.exp((-z * z) / 2);
    sum += weight / (1 + Math.exp(-odds - deviation * z));
    weights += weight;
  }
  return sum / weights;
}

/** Of several estimates from the same draws of speakers, 2.5 to 97.5 %. A draw without all classes is drawn again. */
function percentileBootstrap(
  counts: readonly Float64Array[],
  tables: readonly (readonly Float64Array[])[],
  speakers: number,
  draws: number,
  uniform: () => number,
): { readonly low: number; readonly high: number }[] {
  const estimates = tables.map(() => new Float64Array(draws));
  const times = new Float64Array(speakers);
  for (let draw = 0; draw < draws; draw++) {
    times.fill(0);
    for (let n = 0; n < speakers; n++) {
      const drawn = Math.floor(uniform() * speakers);
      times[drawn] = (times[drawn] ?? 0) + 1;
    }
    const sizes = counts.map((row) => weighted(row, times));
    for (const [index, table] of tables.entries()) {
      const recalls = table.map((row, label) => weighted(row, times) / (sizes[label] ?? NaN));
      set(estimates[index], draw, recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length);
    }
  }
  return estimates.map((values) => {
    values.sort();
    return { low: values[Math.floor(0.025 * draws)] ?? NaN, high: values[Math.ceil(0.975 * draws) - 1] ?? NaN };
  });
}

function weighted(values: Float64Array, times: Float64Array): number {
  let sum = 0;
  for (const [index, value] of values.entries()) sum += value * (times[index] ?? 0);
  return sum;
}

function set(values: Float64Array | undefined, index: number, value: number): void {
  if (values !== undefined) values[index] = value;
}

const isInside = (value: number, interval: { readonly low: number; readonly high: number } | undefined): number =>
  interval !== undefined && interval.low <= value && value <= interval.high ? 1 : 0;
