import { DataError } from '../../src/stage/index.ts';
import type { DecodedAudio } from './decoded-audio.ts';
import { readWavChunks, type WavData } from './wav-chunks.ts';
import type { WavFormat } from './wav-format.ts';
import { sampleReader } from './wav-samples.ts';

const getAgain = 'Get the file again from its source; a part of it is missing.';
/** What writers put for a size that they do not know: FFmpeg this, */
const unknownSize = 0xffffffff;
/** and SoX this, in whole frames (MS_UNSPEC in its wav.c). */
const unknownSizeOfSox = 0x7ffff000;

/**
 * Decodes a WAV file (RIFF, RF64 or BW64): integer PCM of 8 to 32 bits, IEEE float of 32 and 64 bits, A-law and
 * mu-law, plain or extensible, any number of channels. Integers are scaled by 2^(1 - bits): 16-bit samples are k / 32768.
 *
 * A file whose writer did not know its length (data size 0xFFFFFFFF, or 0 in a header that was never completed) is
 * read to its end.
 *
 * Throws `DataError`: `wav-truncated`, `wav-malformed`, `wav-unsupported`, `wav-ambiguous-length`. Never gives part
 * of the sound.
 */
export function decodeWav(bytes: Uint8Array): DecodedAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { format, data } = readWavChunks(view);
  const frames = soundBytes(data, format) / format.frameBytes;
  return { sampleRate: format.sampleRate, channels: readChannels(view, data.start, frames, format) };
}

function soundBytes(data: WavData, format: WavFormat): number {
  if (isOpenEnded(data, format)) {
    if (data.available % format.frameBytes === 0) return data.available;
    throw new DataError('wav-truncated', 'the file (of a streamed recording) ends inside a sample', {
      advice: getAgain,
    });
  }
  if (data.size > data.available) {
    const message = `the header states ${data.size} bytes of sound, the file holds only ${data.available} of them`;
    throw new DataError('wav-truncated', message, { advice: getAgain });
  }
  if (data.size % format.frameBytes !== 0) {
    const message = `${data.size} bytes of sound are not a whole number of ${format.frameBytes}-byte frames`;
    throw new DataError('wav-malformed', message, { advice: 'Write the file again with a sound editor or FFmpeg.' });
  }
  return data.size;
}

function isOpenEnded(data: WavData, format: WavFormat): boolean {
  if (data.size === unknownSize) return true;
  if (data.size === unknownSizeOfSox - (unknownSizeOfSox % format.frameBytes)) return data.size > data.available;
  if (data.size > 0 || data.available === 0) return false;
  const neverCompleted = data.riffEnd === undefined || data.riffEnd <= data.start;
  if (neverCompleted) return true;
  const isEmpty = data.riffEnd === data.start + data.available;
  if (isEmpty) return false;
  const message = `the header states no sound, yet ${data.available} bytes follow that may be sound or not`;
  throw new DataError('wav-ambiguous-length', message, {
    advice: 'Write the file again with a program that completes the header.',
  });
}

function readChannels(view: DataView, start: number, frames: number, format: WavFormat): Float32Array[] {
  const read = sampleReader(format);
  return Array.from({ length: format.channels }, (_, channel) => {
    const samples = new Float32Array(frames);
    let position = start + channel * format.sampleBytes;
    for (let frame = 0; frame < frames; frame++) {
      samples[frame] = read(view, position);
      position += format.frameBytes;
    }
    return samples;
  });
}
