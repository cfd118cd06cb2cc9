import { DataError, defineStage, Type, type NumericArray, type StageContext } from '../src/stage/index.ts';
import { framing, type Framing } from './scalogram/framing.ts';
import { createKernel, type Kernel, type Transform } from './scalogram/kernel.ts';
import { geometricScales } from './scalogram/morlet.ts';
import { computeFrames } from './scalogram/compute-frames.ts';
import { parseTiming, type Timing } from './scalogram/timing.ts';

const program = 'scalogram/build/kernel.wasm';

const params = Type.Object({
  frameSeconds: Type.Number({ default: 0.025, exclusiveMinimum: 0, maximum: 1, description: 'Length of a frame.' }),
  frameOverlapSeconds: Type.Number({
    default: 0.01,
    minimum: 0,
    description: 'What a frame shares with the next; the hop is the rest.',
  }),
  scales: Type.Integer({
    default: 64,
    minimum: 1,
    maximum: 1024,
    description: 'Wavelet scales, spaced geometrically.',
  }),
  minFrequency: Type.Number({
    default: 60,
    exclusiveMinimum: 0,
    description: 'Centre frequency of the longest scale, Hz.',
  }),
  maxFrequency: Type.Number({
    default: 7600,
    exclusiveMinimum: 0,
    description: 'Centre frequency of the shortest scale, Hz; at most half the sampling rate.',
  }),
  strips: Type.Integer({ default: 20, minimum: 1, description: 'Strips of equal length that a frame is cut into.' }),
  omega0: Type.Number({
    default: 5,
    exclusiveMinimum: 0,
    maximum: 100,
    description: 'Centre frequency of the Morlet wavelet, radians.',
  }),
  sigma: Type.Number({ default: 1, minimum: 0.1, maximum: 10, description: 'Width of the Morlet wavelet.' }),
  compress: Type.Union([Type.Literal('log'), Type.Literal('none')], {
    default: 'log',
    description: '`log` is ln(x + compressOffset); `none` keeps the mean magnitude, as the paper reads.',
  }),
  compressOffset: Type.Number({ default: 1e-3, minimum: 1e-30, description: 'Offset of `compress: log`.' }),
});

/**
 * Scalograms of speech: each frame's continuous wavelet transform, its magnitude averaged over strips of time.
 *
 * W(a, b) = 1 / sqrt(a) sum_t s(t) conj(psi((t - b) / a)) with psi(t) = exp(-t^2 / (2 sigma^2)) exp(i omega0 t), t and b in
 * samples of one frame, which is zero outside. Scale 0 is the longest (`minFrequency`).
 * Each value is within 1e-6 of the frame's largest of the direct sum.
 *
 * - `segments.segments`: float32 [n, samples]; `segments.timing`: their sampling rate and how many samples of each are real
 * - `features`: float32 [n, frames, scales, strips]
 * - `frames`: int32 [n], how many frames of each segment hold no padding (at least 1)
 *
 * Throws `DataError` for parameters that do not suit the sampling rate or the segments' length.
 * Source: doi 10.5829/ije.2020.33.02b.13.
 */
export default defineStage({
  name: 'scalogram',
  kind: 'map',
  description: 'Wavelet scalograms of frames, averaged over strips of time',
  params,
  inputs: { segments: { segments: 'array', timing: 'json' } },
  outputs: { features: 'array', frames: 'array' },
  assets: [program],
  async run({ segments: { segments, timing: given } }, options, context) {
    const timing = parseTiming(given, segments);
    const frames = framing(options, timing.sampleRate, segments.shape[1] ?? 0);
    requireBand(options, timing.sampleRate);
    const kernel = await kernelOf(context, {
      frameLength: frames.length,
      scales: geometricScales(
        options.scales,
        { lowest: options.minFrequency, highest: options.maxFrequency },
        options.omega0,
        timing.sampleRate,
      ),
      strips: options.strips,
      omega0: options.omega0,
      sigma: options.sigma,
      logOffset: options.compress === 'log' ? options.compressOffset : undefined,
    });
    const features = computeFrames(kernel, segments, frames);
    return {
      features: { shape: [timing.validSamples.length, frames.count, options.scales, options.strips], data: features },
      frames: realFrames(timing, frames),
    };
  },
});

function requireBand(
  { minFrequency, maxFrequency, scales }: { minFrequency: number; maxFrequency: number; scales: number },
  sampleRate: number,
): void {
  if (maxFrequency > sampleRate / 2) {
    throw new DataError(
      'frequency-above-nyquist',
      `maxFrequency is ${maxFrequency} Hz, but sound of ${sampleRate} Hz reaches ${sampleRate / 2} Hz`,
      { advice: 'Lower `maxFrequency`, or decode to a higher sampling rate.' },
    );
  }
  if (minFrequency > maxFrequency || (minFrequency === maxFrequency && scales > 1)) {
    throw new DataError(
      'empty-band',
      `the ${scales} scales have no room between minFrequency ${minFrequency} and maxFrequency ${maxFrequency} Hz`,
      { advice: 'Make `maxFrequency` larger than `minFrequency`.' },
    );
  }
}

/** The tables cost more than a short utterance: kept for the next one of the same kind. */
let kept: { readonly transform: string; readonly kernel: Promise<Kernel> } | undefined;

function kernelOf(context: StageContext, transform: Transform): Promise<Kernel> {
  const name = JSON.stringify(transform);
  if (kept?.transform === name) return kept.kernel;
  const kernel = context.asset(program).then((bytes) => createKernel(bytes, transform));
  kept = { transform: name, kernel };
  kernel.catch(() => (kept = undefined));
  return kernel;
}

function realFrames({ validSamples }: Timing, frames: Framing): NumericArray {
  const counts = validSamples.map((valid) => {
    const whole = Math.floor((valid - frames.length) / frames.hop) + 1;
    return Math.min(frames.count, Math.max(1, whole));
  });
  return { shape: [counts.length], data: Int32Array.from(counts) };
}
