import type { Range } from './space.ts';

/** A range as it is searched: on a scale where equal distances count the same. */
export interface Scale {
  /** Of the scale; with a step half a step wider than the values, so that each value has the same room. */
  readonly low: number;
  readonly high: number;
  readonly step: number | undefined;
  /** Where a value lies on the scale. */
  toScale(value: number): number;
  /** The value nearest to a place on the scale, within the range and on its steps. */
  fromScale(place: number): number;
}

export function scaleOf(range: Range): Scale {
  const { low, log = false } = range;
  const step = stepOf(range);
  const high = step === undefined ? range.high : stepValue(low, step, stepCount(range, step) - 1);
  const toScale = log ? Math.log : (value: number) => value;
  const margin = step === undefined ? 0 : step / 2;
  return {
    low: toScale(low - margin),
    high: toScale(high + margin),
    step,
    toScale,
    fromScale(place) {
      const free = log ? Math.exp(place) : place;
      const value = step === undefined ? free : stepValue(low, step, Math.round((free - low) / step));
      return Math.min(high, Math.max(low, value));
    },
  };
}

/** The distance of neighbouring values; undefined where any number will do. */
export function stepOf({ step, integer = false }: Range): number | undefined {
  return step ?? (integer ? 1 : undefined);
}

/** How many values a range with this step has. The margin is for steps such as 0.1, which binary fractions miss. */
export function stepCount({ low, high }: Range, step: number): number {
  return Math.floor((high - low) / step + 1e-9) + 1;
}

/** Of 12 significant digits, so that 0.1 + 2 x 0.1 is 0.3. */
export function stepValue(low: number, step: number, index: number): number {
  return Number((low + index * step).toPrecision(12));
}
