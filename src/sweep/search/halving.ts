/** Successive halving: train many a little, and only the better ones on (Jamieson and Talwalkar, AISTATS 2016). */
export interface HalvingSettings {
  /** That begin. */
  readonly configurations: number;
  /** Epochs before the first decision; {@link defaultMinimum} of `maximum` by default. */
  readonly minimum?: number;
  /** Epochs of a full training. */
  readonly maximum: number;
  /** One in so many goes on, with so many times the epochs; at least 2. */
  readonly factor: number;
}

/** So many configurations train until they have had so many epochs; then a decision. */
export interface Rung {
  readonly configurations: number;
  /** In all, not since the rung before. */
  readonly epochs: number;
}

/** What a configuration has reached at a rung. */
export interface RungResult {
  readonly trial: number;
  /** Lower is better; undefined, NaN or Infinity when the training failed. */
  readonly value: number | undefined;
}

/**
 * The rungs, from all configurations to the last ones, which train in full. `minimum` x `factor`^i epochs at rung i, whole;
 * floor(n / factor^i) configurations, at least one. A configuration that is left alone trains to the end at once.
 * @throws RangeError for settings without meaning.
 */
export function halvingRungs(settings: HalvingSettings): readonly Rung[] {
  const { configurations, maximum, factor, minimum = defaultMinimum(maximum) } = settings;
  requireSettings({ ...settings, minimum });
  const rungs: Rung[] = [];
  let [left, epochs] = [configurations, minimum];
  while (left > 1 && Math.round(epochs) < maximum) {
    rungs.push({ configurations: left, epochs: Math.round(epochs) });
    left = Math.max(1, Math.floor(left / factor));
    epochs *= factor;
  }
  return [...rungs, { configurations: left, epochs: maximum }];
}

/**
 * A fifth of the epochs: with factor 3 the longest first rung for which halving costs less than 40 % of all trainings in full:
 * 1/5 + 1/3 x 2/5 + 1/9 x 2/5 = 38 %.
 */
export function defaultMinimum(maximum: number): number {
  return Math.max(1, Math.round(maximum / 5));
}

/** Epochs of one replicate of all configurations, where a training goes on from where it paused. */
export function halvingCost(rungs: readonly Rung[]): number {
  return rungs.reduce((sum, rung, at) => sum + rung.configurations * (rung.epochs - (rungs[at - 1]?.epochs ?? 0)), 0);
}

/** Who goes on: the `count` best trials, the best first, ties by number. Failed ones never do, even if fewer go on. */
export function survivors(results: readonly RungResult[], count: number): readonly number[] {
  return results
    .flatMap(({ trial, value }) => (value !== undefined && Number.isFinite(value) ? [{ trial, value }] : []))
    .sort((a, b) => a.value - b.value || a.trial - b.trial)
    .slice(0, count)
    .map(({ trial }) => trial);
}

function requireSettings({ configurations, minimum, maximum, factor }: Required<HalvingSettings>): void {
  const whole = [configurations, minimum, maximum].every((value) => Number.isSafeInteger(value) && value >= 1);
  if (!whole) throw new RangeError('configurations, minimum and maximum are whole numbers of at least 1');
  if (minimum > maximum) throw new RangeError('the minimum of epochs is above the maximum');
  if (!(factor >= 2) || !Number.isFinite(factor)) throw new RangeError('the factor is at least 2');
}
