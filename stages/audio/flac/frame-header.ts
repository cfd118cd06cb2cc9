import type { BitReader } from './bit-reader.ts';
import { damaged } from './damage.ts';

export interface FrameHeader {
  /** Samples of each channel. */
  readonly blockSize: number;
  readonly channels: number;
  /** How two channels are coded: each by itself, or one as the difference (side) of both. */
  readonly stereo: 'independent' | 'left-side' | 'side-right' | 'mid-side';
  /** Undefined: as STREAMINFO says. */
  readonly sampleRate: number | undefined;
  /** Undefined: as STREAMINFO says. */
  readonly bits: number | undefined;
  /** The number of the frame where all have one block size, else that of its first sample. */
  readonly ordinal: number;
  readonly countsSamples: boolean;
}

const sampleRates: readonly (number | undefined)[] = [
  undefined,
  88200,
  176400,
  192000,
  8000,
  16000,
  22050,
  24000,
  32000,
  44100,
  48000,
  96000,
];
const bitDepths: readonly (number | undefined)[] = [undefined, 8, 12, undefined, 16, 20, 24, 32];
const stereoCodes = ['left-side', 'side-right', 'mid-side'] as const;

/**
 * Reads a frame header up to its check sum (RFC 9639, 9.1).
 *
 * Throws `DataError` `flac-damaged`.
 */
export function readFrameHeader(reader: BitReader, where: string): FrameHeader {
  if (reader.unsigned(15) !== 0b111111111111100) throw damaged(`no frame begins where one should, ${where}`);
  const countsSamples = reader.unsigned(1) === 1;
  const sizeCode = reader.unsigned(4);
  const rateCode = reader.unsigned(4);
  const channelCode = reader.unsigned(4);
  const bitsCode = reader.unsigned(3);
  reader.unsigned(1);
  const ordinal = readCodedNumber(reader);
  const blockSize = readBlockSize(reader, sizeCode);
  const sampleRate = readSampleRate(reader, rateCode);
  const stereo = channelCode < 8 ? 'independent' : stereoCodes[channelCode - 8];
  if (sizeCode === 0 || rateCode === 15 || bitsCode === 3 || !stereo || ordinal === undefined) {
    throw damaged(`a frame header is not valid, ${where}`);
  }
  const channels = channelCode < 8 ? channelCode + 1 : 2;
  return { blockSize, channels, stereo, sampleRate, bits: bitDepths[bitsCode], ordinal, countsSamples };
}

function readBlockSize(reader: BitReader, code: number): number {
  if (code === 6) return reader.unsigned(8) + 1;
  if (code === 7) return reader.unsigned(16) + 1;
  if (code === 1) return 192;
  return code < 6 ? 144 << code : 1 << code;
}

function readSampleRate(reader: BitReader, code: number): number | undefined {
  if (code === 12) return reader.unsigned(8) * 1000;
  if (code === 13) return reader.unsigned(16);
  return code === 14 ? reader.unsigned(16) * 10 : sampleRates[code];
}

/** Like UTF-8, but of up to 7 bytes, so 36 bits. */
function readCodedNumber(reader: BitReader): number | undefined {
  const first = reader.unsigned(8);
  const ones = Math.clz32(~(first << 24));
  if (ones === 0) return first;
  if (ones === 1 || ones === 8) return undefined;
  let value = first & (127 >> ones);
  for (let left = ones - 1; left > 0; left--) value = value * 64 + (reader.unsigned(8) & 63);
  return value;
}
