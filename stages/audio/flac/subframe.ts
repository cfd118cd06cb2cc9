import type { BitReader } from './bit-reader.ts';
import { damaged } from './damage.ts';
import { readResidual } from './residual.ts';

/** Coefficients of the fixed predictors, by order (RFC 9639, 9.2.5). */
const fixedPredictors: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/**
 * Reads one channel of a frame (RFC 9639, 9.2) as integers of up to 33 bits. Sums stay below 2^53, so that 64-bit floats
 * hold them exactly.
 *
 * @param bits of a sample, one more for a side channel
 */
export function readSubframe(reader: BitReader, blockSize: number, bits: number): Float64Array {
  const isPadded = reader.unsigned(1) !== 0;
  const type = reader.unsigned(6);
  const wasted = reader.unsigned(1) === 0 ? 0 : reader.unary() + 1;
  if (isPadded || wasted >= bits) throw damaged('a subframe header is not valid');
  const samples = readSamples(reader, type, blockSize, bits - wasted);
  return wasted === 0 ? samples : samples.map((sample) => sample * 2 ** wasted);
}

function readSamples(reader: BitReader, type: number, blockSize: number, bits: number): Float64Array {
  if (type === 0) return new Float64Array(blockSize).fill(reader.signed(bits));
  if (type === 1) return Float64Array.from({ length: blockSize }, () => reader.signed(bits));
  const samples = new Float64Array(blockSize);
  const order = type >= 32 ? type - 31 : type - 8;
  const fixed = fixedPredictors[order];
  if (type < 8 || (type < 32 && !fixed) || order > blockSize) throw damaged('a subframe header is not valid');
  for (let index = 0; index < order; index++) samples[index] = reader.signed(bits);
  const predictor = type < 32 && fixed ? { coefficients: fixed, shift: 0 } : readPredictor(reader, order);
  readResidual(reader, samples, order);
  predict(samples, predictor);
  return samples;
}

interface Predictor {
  /** That of the sample before comes first. */
  readonly coefficients: readonly number[];
  readonly shift: number;
}

function readPredictor(reader: BitReader, order: number): Predictor {
  const precision = reader.unsigned(4) + 1;
  const shift = reader.signed(5);
  if (precision === 16 || shift < 0) throw damaged('a predictor is not valid');
  return { coefficients: Array.from({ length: order }, () => reader.signed(precision)), shift };
}

/** Adds the prediction from the samples before to each residual, in place. */
function predict(samples: Float64Array, { coefficients, shift }: Predictor): void {
  const order = coefficients.length;
  const scale = 1 / 2 ** shift;
  const reversed = Float64Array.from(coefficients.toReversed());
  for (let index = order; index < samples.length; index++) {
    // Two sums, which do not wait for each other.
    let [even, odd] = [0, 0];
    const start = index - order;
    for (let lag = 0; lag + 1 < order; lag += 2) {
      even += (reversed[lag] ?? 0) * (samples[start + lag] ?? 0);
      odd += (reversed[lag + 1] ?? 0) * (samples[start + lag + 1] ?? 0);
    }
    if (order % 2 === 1) even += (reversed[order - 1] ?? 0) * (samples[index - 1] ?? 0);
    samples[index] = (samples[index] ?? 0) + Math.floor((even + odd) * scale);
  }
}
