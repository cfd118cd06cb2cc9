import { interpolationFilter, type InterpolationFilter } from './interpolation-filter.ts';

/**
 * Changes the sample rate by a polyphase filter (windowed sinc, see `interpolationFilter`).
 *
 * With `toRate` / `fromRate` = up / down in lowest terms, `n` samples become ceil(n * up / down); output j lies at input time
 * j * down / up, without delay. The signal counts as zero outside its samples. Equal to
 * `scipy.signal.resample_poly(x, up, down, window=taps)`.
 *
 * Flat within 0.0001 dB up to 0.925 of the lower rate's Nyquist frequency; nothing of what lies above that Nyquist frequency
 * comes back as an alias (below -100 dB).
 *
 * @param samples any scale
 * @param fromRate whole number of Hz
 * @param toRate whole number of Hz
 * @throws `DataError` `unsupported-sample-rate` for ratios such as 16000 : 767999
 */
export function resample(samples: Float32Array, fromRate: number, toRate: number): Float32Array {
  if (fromRate === toRate) return samples;
  const divisor = greatestCommonDivisor(fromRate, toRate);
  return convolve(samples, interpolationFilter(toRate / divisor, fromRate / divisor));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function convolve(samples: Float32Array, { up, down, reach, taps, phases }: InterpolationFilter): Float32Array {
  const output = new Float32Array(Math.ceil((samples.length * up) / down));
  const padded = new Float64Array(samples.length + taps + 4 * down);
  padded.set(samples, reach);
  for (let first = 0; first < Math.min(up, output.length); first++) {
    const phase = (first * down) % up;
    const coefficients = phases.subarray(phase * taps, (phase + 1) * taps);
    const start = Math.floor((first * down) / up);
    convolvePhase(padded, start, down, coefficients, output, first, up);
  }
  return output;
}

/** Four outputs at a time: they share each coefficient, and none of their sums waits for another. */
function convolvePhase(
  padded: Float64Array,
  start: number,
  down: number,
  coefficients: Float64Array,
  output: Float32Array,
  first: number,
  up: number,
): void {
  const [down2, down3] = [2 * down, 3 * down];
  let from = start;
  for (let index = first; index < output.length; index += 4 * up) {
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let tap = 0, position = from; tap < coefficients.length; tap++, position++) {
      const coefficient = coefficients[tap] ?? 0;
      sum0 += coefficient * (padded[position] ?? 0);
      sum1 += coefficient * (padded[position + down] ?? 0);
      sum2 += coefficient * (padded[position + down2] ?? 0);
      sum3 += coefficient * (padded[position + down3] ?? 0);
    }
    output[index] = sum0;
    output[index + up] = sum1;
    output[index + 2 * up] = sum2;
    output[index + 3 * up] = sum3;
    from += 4 * down;
  }
}
