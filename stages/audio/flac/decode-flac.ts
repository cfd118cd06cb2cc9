import { createHash } from 'node:crypto';
import type { DecodedAudio } from '../decoded-audio.ts';
import { damaged } from './damage.ts';
import { readFrame } from './frame.ts';
import { readStreamInfo, type StreamInfo } from './stream-info.ts';

/**
 * Decodes a FLAC file (RFC 9639; not in an Ogg container). Samples are k / 2^(bits - 1), exactly up to 24 bits.
 *
 * All that the file says of itself is checked: the check sums of each frame, their order, the number of samples and
 * the MD5 of them all. Never gives part of the sound.
 *
 * Throws `DataError`: `flac-malformed`, `flac-damaged`, and `flac-unverifiable` for a file that states neither its length
 * nor its MD5.
 */
export function decodeFlac(bytes: Uint8Array): DecodedAudio {
  const { info, framesStart } = readStreamInfo(bytes);
  const channels = readFrames(bytes, framesStart, info);
  if (info.md5 !== undefined && md5(channels, info.bits) !== info.md5) {
    throw damaged('its samples do not have the MD5 that it states');
  }
  return { sampleRate: info.sampleRate, channels: channels.map((samples) => scaled(samples, 2 ** (info.bits - 1))) };
}

function scaled(samples: Int32Array, fullScale: number): Float32Array {
  const result = new Float32Array(samples.length);
  for (let index = 0; index < samples.length; index++) result[index] = (samples[index] ?? 0) / fullScale;
  return result;
}

function readFrames(bytes: Uint8Array, framesStart: number, info: StreamInfo): Int32Array[] {
  const frames: (readonly Float64Array[])[] = [];
  let position = framesStart;
  let samples = 0;
  const isComplete = () => (info.samples === undefined ? position === bytes.length : samples >= info.samples);
  while (!isComplete()) {
    if (position >= bytes.length) throw damaged(`it ends after ${samples} of ${info.samples ?? 'its'} samples`);
    const frame = readFrame(bytes, position, info, { frames: frames.length, samples });
    frames.push(frame.channels);
    position = frame.end;
    samples += frame.channels[0]?.length ?? 0;
  }
  if (info.samples !== undefined && samples !== info.samples) throw damaged(`it has more than ${info.samples} samples`);
  return Array.from({ length: info.channels }, (_, channel) => joined(frames, channel, samples));
}

function joined(frames: readonly (readonly Float64Array[])[], channel: number, length: number): Int32Array {
  const samples = new Int32Array(length);
  let position = 0;
  for (const frame of frames) {
    const part = frame[channel];
    if (!part) continue;
    samples.set(part, position);
    position += part.length;
  }
  return samples;
}

/** As the format defines it: of the channels' samples in turn, signed, little endian, in whole bytes. */
function md5(channels: readonly Int32Array[], bits: number): string {
  const width = Math.ceil(bits / 8);
  const samples = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(samples * channels.length * width);
  for (const [place, channel] of channels.entries()) {
    for (let index = 0, at = place * width; index < samples; index++, at += channels.length * width) {
      const sample = channel[index] ?? 0;
      bytes[at] = sample;
      if (width > 1) bytes[at + 1] = sample >> 8;
      if (width > 2) bytes[at + 2] = sample >> 16;
      if (width > 3) bytes[at + 3] = sample >> 24;
    }
  }
  return createHash('md5').update(bytes).digest('hex');
}
