import { DataError } from '../../src/stage/index.ts';
import type { DecodedAudio } from './decoded-audio.ts';
import { decodeFlac } from './flac/decode-flac.ts';
import { decodeWav } from './wav.ts';

/**
 * Decodes the bytes of a WAV or FLAC file, told apart by their content and not by the file's name.
 *
 * Throws `DataError`: `empty-file`, `unknown-audio-format`, what `decodeWav` and `decodeFlac` throw, `no-samples`,
 * and `non-finite-samples` for NaN or Infinity.
 */
export function decodeAudio(bytes: Uint8Array): DecodedAudio {
  if (bytes.length === 0) {
    throw new DataError('empty-file', 'the file is empty (0 bytes)', { advice: 'Get the file again from its source.' });
  }
  const audio = decodeKnown(bytes);
  if (audio.channels[0] === undefined || audio.channels[0].length === 0) {
    throw new DataError('no-samples', 'the file has a header but not one sample of sound', {
      advice: 'Get the file again from its source.',
    });
  }
  audio.channels.forEach(checkFinite);
  return audio;
}

function decodeKnown(bytes: Uint8Array): DecodedAudio {
  const start = latin1(bytes.subarray(0, 12));
  if (/^(RIFF|RF64|BW64)/.test(start) && start.length < 12) {
    throw new DataError('wav-truncated', `the file ends inside its WAV header, after ${bytes.length} bytes`, {
      advice: 'Get the file again from its source.',
    });
  }
  if (/^(RIFF|RF64|BW64)....WAVE/s.test(start)) return decodeWav(bytes);
  if (start.startsWith('fLaC')) return decodeFlac(bytes);
  throw new DataError('unknown-audio-format', `the file is neither WAV nor FLAC: ${describe(bytes)}`, {
    advice: 'Convert it to WAV or FLAC (for example with `ffmpeg -i IN OUT.flac`), or get it again from its source.',
  });
}

const knownStarts: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, 'it is a Git LFS pointer (run `git lfs pull`)'],
  [/^OggS/, 'it looks like Ogg'],
  [/^ID3|^\xff[\xe2-\xff]/, 'it looks like MP3, or has an ID3 tag in front'],
  [/^....ftyp/s, 'it looks like MP4 or M4A'],
  [/^FORM....AIF/s, 'it looks like AIFF'],
  [/^NIST_1A/, 'it looks like NIST SPHERE'],
  [/^RIFX/, 'it is a big-endian WAV file (RIFX)'],
  [/^RIFF/, 'it is a RIFF file, but not of type WAVE'],
  [/^\.snd/, 'it looks like AU'],
  [/^\s*<(!doctype|html|\?xml)/i, 'it looks like a web page'],
];

function describe(bytes: Uint8Array): string {
  const start = latin1(bytes.subarray(0, 64));
  const known = knownStarts.find(([pattern]) => pattern.test(start));
  if (known) return known[1];
  if (/^[\t\n\r\x20-\x7e]*$/.test(start)) return `it begins with the text ${JSON.stringify(start.slice(0, 24))}`;
  const hex = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `it begins with the bytes ${hex}`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function checkFinite(samples: Float32Array): void {
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index];
    if (Number.isFinite(sample)) continue;
    throw new DataError('non-finite-samples', `sample ${index + 1} of ${samples.length} is ${sample}`, {
      advice: 'Write the file again without NaN, Infinity or values beyond 32-bit floating point.',
    });
  }
}
