import { DataError, defineStage, Type, type Waveform } from '../src/stage/index.ts';
import { decodeAudio } from './audio/decode-audio.ts';
import type { DecodedAudio } from './audio/decoded-audio.ts';
import { resample } from './audio/resample.ts';

/**
 * Reads a WAV or FLAC file as one channel at one sample rate. 16-bit samples become k / 32768, and so on.
 *
 * Throws `DataError`: what `decodeAudio` throws for files that are damaged or of another kind; `missing-channel`;
 * `silent-audio` when every sample is the same; `sample-rate-too-low` and `unsupported-sample-rate`.
 */
export default defineStage({
  name: 'decode',
  kind: 'map',
  description: 'Decodes WAV and FLAC files to one channel at one sample rate',
  params: Type.Object({
    sampleRate: Type.Integer({
      default: 16000,
      minimum: 1000,
      maximum: 768000,
      description: 'Sample rate of the result, in Hz',
    }),
    channels: Type.Union([Type.Literal('mix'), Type.Literal('left'), Type.Literal('right')], {
      default: 'mix',
      description: 'What to take of a file with several channels: their mean, or the first or second one alone',
    }),
    upsample: Type.Boolean({
      default: false,
      description: 'Accept files of a lower sample rate, whose upper frequencies will be empty',
    }),
  }),
  inputs: { audio: 'file' },
  outputs: { audio: 'waveform' },
  run({ audio }, { sampleRate, channels, upsample }) {
    const decoded = decodeAudio(audio);
    const mono = { sampleRate: decoded.sampleRate, samples: oneChannel(decoded, channels) };
    checkSound(mono.samples);
    checkRate(decoded.sampleRate, sampleRate, upsample);
    return { audio: { sampleRate, samples: resample(mono.samples, mono.sampleRate, sampleRate) } satisfies Waveform };
  },
});

function oneChannel({ channels }: DecodedAudio, choice: 'mix' | 'left' | 'right'): Float32Array {
  if (choice === 'mix') return mean(channels);
  const channel = channels[choice === 'left' ? 0 : 1];
  if (channel) return channel;
  throw new DataError('missing-channel', `the file has ${channels.length} channel, so there is no ${choice} one`, {
    advice: 'Set `channels: mix`.',
  });
}

function mean(channels: readonly Float32Array[]): Float32Array {
  const [first, ...others] = channels;
  if (!first || others.length === 0) return first ?? new Float32Array();
  return first.map((sample, index) => {
    let sum = sample;
    for (const channel of others) sum += channel[index] ?? 0;
    return sum / channels.length;
  });
}

function checkSound(samples: Float32Array): void {
  const value = samples[0];
  if (samples.some((sample) => sample !== value)) return;
  throw new DataError('silent-audio', `the file is silent: all of its ${samples.length} samples are ${value}`, {
    advice: 'Get the file again from its source, or leave it out of the corpus.',
  });
}

function checkRate(fileRate: number, sampleRate: number, upsample: boolean): void {
  if (fileRate >= sampleRate || upsample) return;
  const message = `the file has ${fileRate} Hz, less than the ${sampleRate} Hz asked for: what lies above ${fileRate / 2} Hz would be empty`;
  throw new DataError('sample-rate-too-low', message, {
    advice: `Set \`sampleRate\` to ${fileRate} or less, or \`upsample: true\` to accept that.`,
  });
}
