import { DataError } from '../../src/stage/index.ts';

/** A low-pass filter for a change of the sample rate by up / down, cut into its `up` phases. */
export interface InterpolationFilter {
  readonly up: number;
  readonly down: number;
  /** How many input samples a phase reaches to each side. */
  readonly reach: number;
  /** Coefficients of a phase: 2 * reach + 1. */
  readonly taps: number;
  /** [up, taps]. The output at input time t + phase / up is the sum over i of phases[phase][i] * x[t - reach + i]. */
  readonly phases: Float64Array;
}

/** The pass band ends here, as a fraction of the lower Nyquist frequency: 7.4 kHz of 8 kHz. */
const passBandEdge = 0.925;
/** dB; 5 more than is promised, for what Kaiser's formulas leave out. */
const stopBandAttenuation = 105;
/** 128 MB. The usual rates need below 1 MB. */
const mostCoefficients = 2 ** 24;

let latest: InterpolationFilter | undefined;

/**
 * A sinc cut off in the middle of the transition band, under a Kaiser window for 105 dB of stop-band attenuation; the stop band
 * begins at the lower Nyquist frequency, so that no alias is left anywhere. Order and shape of the window by Kaiser's
 * formulas (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.6).
 *
 * Made of sin, sqrt and a power series, whose bits are the same on all Node versions.
 *
 * @param up, down whole numbers without a common divisor
 * @throws `DataError` `unsupported-sample-rate` for a ratio that needs too large a table, such as 16000 : 767999
 */
export function interpolationFilter(up: number, down: number): InterpolationFilter {
  if (latest?.up === up && latest.down === down) return latest;
  const lowerRate = 1 / Math.max(up, down); // of the sample rate between: up times the input's
  const transition = Math.PI * lowerRate * (1 - passBandEdge);
  const half = Math.ceil((stopBandAttenuation - 7.95) / (2.285 * transition) / 2);
  const reach = Math.ceil(half / up);
  const taps = 2 * reach + 1;
  if (up * taps > mostCoefficients) throw tooLarge(up, down);
  const cutOff = (lowerRate * (1 + passBandEdge)) / 2;
  const phases = new Float64Array(up * taps);
  for (let phase = 0; phase < up; phase++) {
    for (let index = 0; index < taps; index++) {
      const offset = Math.abs((reach - index) * up + phase);
      if (offset <= half) phases[phase * taps + index] = up * sinc(offset, cutOff) * kaiser(offset / half);
    }
  }
  latest = { up, down, reach, taps, phases };
  return latest;
}

/** Impulse response of the ideal low-pass; `cutOff` as a fraction of the Nyquist frequency. */
function sinc(offset: number, cutOff: number): number {
  return offset === 0 ? cutOff : Math.sin(Math.PI * cutOff * offset) / (Math.PI * offset);
}

const beta = 0.1102 * (stopBandAttenuation - 8.7);

/** @param position 0 in the middle of the window, 1 at its end */
function kaiser(position: number): number {
  return bessel(beta * Math.sqrt(1 - position * position)) / bessel(beta);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

function tooLarge(up: number, down: number): DataError {
  return new DataError(
    'unsupported-sample-rate',
    `no filter of practical size converts the sample rate by ${up} / ${down}`,
    {
      advice: 'Set `sampleRate` to a rate in a simple ratio to that of the files, or convert the files beforehand.',
    },
  );
}
