import { readFileSync } from 'node:fs';
import {
  halvingCost,
  halvingRungs,
  survivors,
  type Configuration,
  type HalvingSettings,
} from '../../../src/sweep/search/index.ts';
import { randomOf } from '../../../src/sweep/search/random.ts';

/** Development results of a configuration: folds x epochs. */
export interface Curve {
  readonly configuration: Configuration;
  readonly uar: readonly (readonly number[])[];
  readonly loss: readonly (readonly number[])[];
}

/** Which epoch's weights a training keeps: the newest, or with `patience` the best so far. */
export type Kept = 'newest' | 'best';

/** What halving came to, beside training everything in full. */
export interface Replay {
  /** How far the choice's final UAR is below the best one's, in points (hundredths). */
  readonly points: number;
  /** Epochs trained, of those of all trainings in full. */
  readonly share: number;
}

/** The curves that record-curves.mjs made. */
export function readCurves(): readonly Curve[] {
  const text = readFileSync('test/fixtures/search/learning-curves.json', 'utf8');
  return (JSON.parse(text) as { readonly curves: readonly Curve[] }).curves;
}

/** The mean over folds of the UAR of the weights that are kept after so many epochs. */
export function uarAfter({ uar }: Curve, epochs: number, kept: Kept): number {
  const folds = uar.map((fold) => (kept === 'newest' ? (fold[epochs - 1] ?? 0) : Math.max(...fold.slice(0, epochs))));
  return folds.reduce((sum, value) => sum + value, 0) / folds.length;
}

/** Plays successive halving on recorded curves, which are trials in the order given. */
export function replayHalving(curves: readonly Curve[], settings: HalvingSettings, kept: Kept): Replay {
  const rungs = halvingRungs(settings);
  let alive = [...curves.keys()];
  for (const [at, { epochs }] of rungs.entries()) {
    const results = alive.map((trial) => ({ trial, value: -uarOf(curves, trial, epochs, kept) }));
    alive = [...survivors(results, rungs[at + 1]?.configurations ?? 1)];
  }
  const final = curves.map((curve) => uarAfter(curve, settings.maximum, kept));
  const chosen = final[alive[0] ?? -1] ?? 0;
  const share = halvingCost(rungs) / (settings.configurations * settings.maximum);
  return { points: 100 * (Math.max(...final) - chosen), share };
}

/** Replays of so many of the curves, drawn in random order without replacement. */
export function replayInRandomOrder(
  curves: readonly Curve[],
  { replays, ...settings }: HalvingSettings & { readonly replays: number },
  kept: Kept,
): readonly Replay[] {
  return Array.from({ length: replays }, (_, replay) => {
    const random = randomOf('replay', replay);
    const keyed = curves.map((curve) => ({ curve, key: random.uniform() })).sort((a, b) => a.key - b.key);
    const drawn = keyed.slice(0, settings.configurations).map(({ curve }) => curve);
    return replayHalving(drawn, settings, kept);
  });
}

function uarOf(curves: readonly Curve[], trial: number, epochs: number, kept: Kept): number {
  const curve = curves[trial];
  if (!curve) throw new RangeError(`there is no trial ${trial}`);
  return uarAfter(curve, epochs, kept);
}
