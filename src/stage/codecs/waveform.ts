import type { Waveform } from '../artifact.ts';
import { ArtifactError, describe, isRecord } from './artifact-error.ts';
import { bytesOf, elementTypeOf, numbersAt } from './numeric-array.ts';

const floatFormat = 3;
const extensibleFormat = 0xfffe;
/** RIFF header, `fmt ` of 16 bytes, `fact`, and the header of `data`: a multiple of 8, so that samples are aligned. */
const headerLength = 56;

/** Checks that a value is a `Waveform` with a whole sample rate and finite samples. */
export function checkWaveform(value: unknown): asserts value is Waveform {
  if (!isRecord(value)) throw new ArtifactError(`is not a waveform of { sampleRate, samples }, but ${describe(value)}`);
  const { sampleRate, samples } = value;
  if (
    typeof sampleRate !== 'number' ||
    !Number.isInteger(sampleRate) ||
    sampleRate < 1 ||
    sampleRate > 0xffffffff / 4
  ) {
    throw new ArtifactError(
      `has the sample rate ${String(sampleRate)}, which is not a whole number of samples a second`,
    );
  }
  if (!(samples instanceof Float32Array)) {
    throw new ArtifactError(`is not a waveform: its samples must be a Float32Array, but are ${describe(samples)}`);
  }
  const index = firstNotFinite(samples);
  if (index !== undefined)
    throw new ArtifactError(`has a sample that is ${samples[index]}, at ${index} of ${samples.length}`);
}

/** Writes a waveform as a WAV file of one channel of 32-bit float samples. */
export function encodeWaveform(waveform: Waveform): Uint8Array {
  checkWaveform(waveform);
  const { sampleRate, samples } = waveform;
  const length = headerLength + samples.byteLength;
  if (length > 0xffffffff) throw new ArtifactError(`has ${samples.length} samples, too many for a WAV file`);
  const bytes = new Uint8Array(length);
  const buffer = Buffer.from(bytes.buffer);
  buffer.write('RIFF', 0, 'latin1');
  buffer.writeUInt32LE(length - 8, 4);
  buffer.write('WAVEfmt ', 8, 'latin1');
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(floatFormat, 20);
  buffer.writeUInt16LE(1, 22);
  buffer.writeUInt32LE(sampleRate, 24);
  buffer.writeUInt32LE(sampleRate * 4, 28);
  buffer.writeUInt16LE(4, 32);
  buffer.writeUInt16LE(32, 34);
  buffer.write('fact', 36, 'latin1');
  buffer.writeUInt32LE(4, 40);
  buffer.writeUInt32LE(samples.length, 44);
  buffer.write('data', 48, 'latin1');
  buffer.writeUInt32LE(samples.byteLength, 52);
  bytes.set(bytesOf(samples), headerLength);
  return bytes;
}

/**
 * Reads a WAV file of one channel of 32-bit float samples. The samples are a view of `bytes` where they are aligned.
 * This is the form of the artifact `waveform` alone: recordings of every kind are read by the stages.
 */
export function decodeWaveform(bytes: Uint8Array): Waveform {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.toString('latin1', 0, 4) !== 'RIFF' || buffer.toString('latin1', 8, 12) !== 'WAVE') {
    throw new ArtifactError(`is not a WAV file: it does not start with RIFF and WAVE (${bytes.length} bytes)`);
  }
  let sampleRate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = buffer.toString('latin1', at, at + 4);
    const size = buffer.readUInt32LE(at + 4);
    const start = at + 8;
    if (start + size > bytes.length) {
      throw new ArtifactError(
        `is a truncated WAV file: its ${name} chunk has ${bytes.length - start} of ${size} bytes`,
      );
    }
    if (name === 'fmt ') sampleRate = readFormat(buffer.subarray(start, start + size));
    if (name === 'data') return readSamples(bytes, start, size, sampleRate);
    at = start + size + (size % 2);
  }
  throw new ArtifactError('is a WAV file without samples: it has no data chunk');
}

function readFormat(format: Buffer): number {
  if (format.length < 16) throw new ArtifactError(`is a WAV file with a format chunk of ${format.length} bytes`);
  const tag = format.readUInt16LE(0);
  const kind = tag === extensibleFormat && format.length >= 26 ? format.readUInt16LE(24) : tag;
  const channels = format.readUInt16LE(2);
  const bits = format.readUInt16LE(14);
  if (kind !== floatFormat || bits !== 32 || channels !== 1) {
    throw new ArtifactError(
      `is a WAV file of ${channels} channel(s) of ${bits}-bit samples of format ${kind}: a waveform has one channel of 32-bit float samples (format 3)`,
    );
  }
  return format.readUInt32LE(4);
}

function readSamples(bytes: Uint8Array, start: number, size: number, sampleRate: number | undefined): Waveform {
  if (sampleRate === undefined) throw new ArtifactError('is a WAV file without a format chunk before its samples');
  if (size % 4 !== 0)
    throw new ArtifactError(`is a WAV file whose samples take ${size} bytes, which is not a multiple of 4`);
  const samples = numbersAt(bytes, start, size / 4, elementTypeOf(new Float32Array(0)));
  if (!(samples instanceof Float32Array)) throw new TypeError('float32 numbers are a Float32Array');
  return { sampleRate, samples };
}

function firstNotFinite(samples: Float32Array): number | undefined {
  let sum = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- which is ten times slower on typed arrays
  for (let index = 0; index < samples.length; index++) sum += (samples[index] ?? 0) * 0;
  if (sum === 0) return undefined;
  return samples.findIndex((sample) => !Number.isFinite(sample));
}
