import type { Waveform } from '../stage/index.ts';

/** What a page holds at most: a base64 text of it is a third longer. */
export const audioLimits = { clipSeconds: 15, totalBytes: 6_000_000 } as const;

/** 3 dB below full scale: recordings differ in level, and a normalised one would be clipped. */
const peak = 0.7;

export interface Clip {
  readonly url: string;
  readonly bytes: number;
  readonly seconds: number;
  /** Only its beginning. */
  readonly isCut: boolean;
}

/** Sound as a data URI: 16-bit WAV at its own rate, at a comfortable level. */
export function clipOf({ samples, sampleRate }: Waveform): Clip {
  const kept = samples.subarray(0, Math.round(audioLimits.clipSeconds * sampleRate));
  const wav = encodeWav16(kept, sampleRate);
  return {
    url: `data:audio/wav;base64,${Buffer.from(wav).toString('base64')}`,
    bytes: wav.length,
    seconds: kept.length / sampleRate,
    isCut: kept.length < samples.length,
  };
}

function encodeWav16(samples: Float32Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + 2 * samples.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => bytes.set(Buffer.from(word, 'latin1'), at);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  // PCM, one channel.
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * samples.length, true);
  const largest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-9);
  samples.forEach((sample, index) => {
    view.setInt16(44 + 2 * index, Math.round((32767 * peak * sample) / largest), true);
  });
  return bytes;
}
