import { createHash } from 'node:crypto';
import { joined, text } from './wav.ts';

export interface FlacOptions {
  readonly sampleRate?: number;
  readonly blockSize?: number;
  /** Number frames by their first sample, as files with blocks of several sizes do. */
  readonly countsSamples?: boolean;
  readonly statesLength?: boolean;
  readonly statesMd5?: boolean;
}

/** A FLAC file of 16-bit mono sound that is stored as it is, without prediction. */
export function flacFile(samples: readonly number[], options: FlacOptions = {}): Uint8Array<ArrayBuffer> {
  return joined([flacHeader(samples, options), ...flacFrames(samples, options)]);
}

export function flacHeader(samples: readonly number[], options: FlacOptions = {}): Uint8Array<ArrayBuffer> {
  const { sampleRate = 16000, blockSize = 1000, statesLength = true, statesMd5 = true } = options;
  const view = new DataView(new ArrayBuffer(38));
  view.setUint32(0, 0x80000022);
  view.setUint16(4, blockSize);
  view.setUint16(6, blockSize);
  view.setUint32(14, (sampleRate << 12) | (15 << 4));
  view.setUint32(18, statesLength ? samples.length : 0);
  const header = new Uint8Array(view.buffer);
  const sound = new Uint8Array(Int16Array.from(samples).buffer);
  if (statesMd5) header.set(createHash('md5').update(sound).digest(), 22);
  return joined([text('fLaC'), header]);
}

/** One element per frame. */
export function flacFrames(samples: readonly number[], options: FlacOptions = {}): Uint8Array<ArrayBuffer>[] {
  const { blockSize = 1000, countsSamples = false } = options;
  const starts = Array.from({ length: Math.ceil(samples.length / blockSize) }, (_, index) => index * blockSize);
  return starts.map((start, index) => {
    const block = samples.slice(start, start + blockSize);
    const codedNumber = [...new TextEncoder().encode(String.fromCodePoint(countsSamples ? start : index))];
    const size = block.length - 1;
    const header = [0xff, countsSamples ? 0xf9 : 0xf8, 0x70, 0x08, ...codedNumber, size >> 8, size & 255];
    const verbatim = block.flatMap((sample) => [(sample >> 8) & 255, sample & 255]);
    const frame = [...header, remainder(header, 0x107, 8), 0x02, ...verbatim];
    const check = remainder(frame, 0x18005, 16);
    return Uint8Array.from([...frame, check >> 8, check & 255]);
  });
}

/** Of the division of polynomials, bit by bit. */
function remainder(bytes: readonly number[], polynomial: number, degree: number): number {
  let rest = 0;
  for (const byte of [...bytes, ...new Array<number>(degree / 8).fill(0)]) {
    for (let bit = 7; bit >= 0; bit--) {
      rest = (rest << 1) | ((byte >> bit) & 1);
      if (rest >> degree) rest ^= polynomial;
    }
  }
  return rest;
}
