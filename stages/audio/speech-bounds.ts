export interface SpeechRule {
  /** Length of a frame and distance between frames, in samples; hop <= frame. */
  readonly frame: number;
  readonly hop: number;
  /** dB */
  readonly floorMargin: number;
  /** dB */
  readonly maxRange: number;
  /** dB */
  readonly minRange: number;
  readonly consecutiveFrames: number;
}

/**
 * Where speech begins and ends, as samples [start, end), or undefined where there is none.
 *
 * A frame is loud when its power, about the signal's mean, is above max(floor + floorMargin, peak - maxRange), or above
 * peak - minRange where that is less; the floor is the 10th percentile of the frames' powers, the peak their largest. Speech
 * reaches from the first to the last run of `consecutiveFrames` loud frames. A peak within floorMargin of the floor is
 * steady noise.
 *
 * Power far below the peak makes a frame loud, so the first loud frame holds the onset in what the frame before it lacks: its
 * last hop; and the last loud frame the end in its first hop.
 */
export function speechBounds(
  samples: Float32Array,
  rule: SpeechRule,
): { readonly start: number; readonly end: number } | undefined {
  if (samples.every((sample) => sample === samples[0])) return undefined;
  const powers = framePowers(samples, rule);
  const threshold = speechThreshold(powers, rule);
  if (threshold === undefined) return undefined;
  const isLoud = Array.from(powers, (power) => power > threshold);
  const [first, last] = [firstRun(isLoud, rule), firstRun(isLoud.toReversed(), rule)];
  if (first === undefined || last === undefined) return undefined;
  return {
    start: first === 0 ? 0 : first * rule.hop + (rule.frame - rule.hop),
    end: last === 0 ? samples.length : (powers.length - last) * rule.hop,
  };
}

/** The mean square of each whole frame, about the mean of the signal. */
function framePowers(samples: Float32Array, { frame, hop }: SpeechRule): Float64Array {
  const mean = meanOf(samples);
  const frames = Math.max(0, Math.floor((samples.length - frame) / hop) + 1);
  return Float64Array.from({ length: frames }, (_, index) => powerOf(samples, index * hop, frame, mean));
}

function powerOf(samples: Float32Array, start: number, length: number, mean: number): number {
  let sum = 0;
  for (let position = start; position < start + length; position++) {
    const deviation = (samples[position] ?? 0) - mean;
    sum += deviation * deviation;
  }
  return sum / length;
}

function meanOf(samples: Float32Array): number {
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- which is ten times slower on typed arrays
  for (let index = 0; index < samples.length; index++) sum += samples[index] ?? 0;
  return sum / samples.length;
}

/** The threshold, as a power; undefined where not even the peak stands out. */
function speechThreshold(powers: Float64Array, rule: SpeechRule): number | undefined {
  const sorted = powers.toSorted();
  const floor = sorted[Math.floor(0.1 * (sorted.length - 1))] ?? 0;
  const peak = sorted.at(-1) ?? 0;
  if (peak < floor * ratio(rule.floorMargin)) return undefined;
  const wanted = Math.max(floor * ratio(rule.floorMargin), peak * ratio(-rule.maxRange));
  return Math.min(wanted, peak * ratio(-rule.minRange));
}

/** Not 10 ** (decibels / 10), whose bits depend on the Node version. */
function ratio(decibels: number): number {
  return Math.exp((decibels / 10) * Math.LN10);
}

/** The index where the first run of `consecutiveFrames` loud frames begins. */
function firstRun(isLoud: readonly boolean[], { consecutiveFrames }: SpeechRule): number | undefined {
  let run = 0;
  for (const [index, loud] of isLoud.entries()) {
    run = loud ? run + 1 : 0;
    if (run === consecutiveFrames) return index - consecutiveFrames + 1;
  }
  return undefined;
}
