import { DataError, defineStage, Type } from '../src/stage/index.ts';

/**
 * Shifts and scales each utterance to mean 0 and variance 1 (of the population), computed in 64 bits.
 *
 * Throws `DataError`: `constant-signal` when all samples are equal, `non-finite-samples` for NaN or Infinity.
 */
export default defineStage({
  name: 'normalise',
  kind: 'map',
  description: 'Brings each utterance to zero mean and unit variance',
  params: Type.Object({}),
  inputs: { audio: 'waveform' },
  outputs: { audio: 'waveform' },
  run({ audio }) {
    const { mean, deviation } = moments(audio.samples);
    return { audio: { sampleRate: audio.sampleRate, samples: scaled(audio.samples, mean, deviation) } };
  },
});

function moments(samples: Float32Array): { readonly mean: number; readonly deviation: number } {
  const first = samples[0];
  if (samples.every((sample) => sample === first)) {
    const message = `the signal is constant (${samples.length} samples of ${first ?? 'nothing'}): it has no variance to scale`;
    throw new DataError('constant-signal', message, {
      advice: 'Get the file again from its source, or leave it out of the corpus.',
    });
  }
  const mean = sumOf(samples) / samples.length;
  const variance = sumOfSquares(samples, mean) / samples.length;
  if (!Number.isFinite(variance)) {
    throw new DataError('non-finite-samples', 'the signal has samples that are NaN or infinite', {
      advice: 'Look at the stage that made the signal.',
    });
  }
  return { mean, deviation: Math.sqrt(variance) };
}

// Plain loops by index: a call for each sample, or for-of, takes up to ten times as long on typed arrays.

function sumOf(samples: Float32Array): number {
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- see above
  for (let index = 0; index < samples.length; index++) sum += samples[index] ?? 0;
  return sum;
}

function sumOfSquares(samples: Float32Array, mean: number): number {
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- see above
  for (let index = 0; index < samples.length; index++) {
    const deviation = (samples[index] ?? 0) - mean;
    sum += deviation * deviation;
  }
  return sum;
}

function scaled(samples: Float32Array, mean: number, deviation: number): Float32Array {
  const result = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index++) result[index] = ((samples[index] ?? 0) - mean) / deviation;
  return result;
}
