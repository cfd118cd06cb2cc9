import { DataError } from '../../src/stage/index.ts';

export type SampleKind = 'integer' | 'float' | 'a-law' | 'mu-law';

/** What a WAV file's `fmt ` chunk says. */
export interface WavFormat {
  readonly kind: SampleKind;
  readonly sampleRate: number;
  readonly channels: number;
  /** The size of one sample of one channel. Fewer valid bits stand at its high end, so that this gives the scale. */
  readonly sampleBytes: number;
  /** The size of one sample of all channels. */
  readonly frameBytes: number;
}

const kinds: ReadonlyMap<number, SampleKind> = new Map([
  [0x0001, 'integer'],
  [0x0003, 'float'],
  [0x0006, 'a-law'],
  [0x0007, 'mu-law'],
]);
const sampleSizes: Readonly<Record<SampleKind, readonly number[]>> = {
  integer: [1, 2, 3, 4],
  float: [4, 8],
  'a-law': [1],
  'mu-law': [1],
};
const otherFormats: ReadonlyMap<number, string> = new Map([
  [0x0002, 'Microsoft ADPCM'],
  [0x0011, 'IMA ADPCM'],
  [0x0031, 'GSM 6.10'],
  [0x0050, 'MPEG'],
  [0x0055, 'MP3'],
]);
const extensible = 0xfffe;
/** The rest of the GUID of every format whose first two bytes are a format tag. */
const guidTail = '000000001000800000aa00389b71';

/**
 * Reads the body of a `fmt ` chunk (WAVEFORMAT, WAVEFORMATEX or WAVEFORMATEXTENSIBLE).
 *
 * Throws `DataError`: `wav-malformed` when its figures contradict each other, `wav-unsupported` for other encodings.
 */
export function readWavFormat(body: DataView): WavFormat {
  if (body.byteLength < 16) throw malformed(`it is ${body.byteLength} bytes long, less than 16`);
  const kind = readKind(body);
  const channels = body.getUint16(2, true);
  const sampleRate = body.getUint32(4, true);
  const frameBytes = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  const sampleBytes = Math.ceil(bits / 8);
  if (channels === 0) throw malformed('it states 0 channels');
  if (sampleRate === 0) throw malformed('it states a sample rate of 0 Hz');
  if (!sampleSizes[kind].includes(sampleBytes)) throw unsupported(`${bits}-bit ${kind} samples`);
  if (frameBytes !== channels * sampleBytes) {
    throw malformed(`${channels} channels of ${bits} bits do not make frames of ${frameBytes} bytes`);
  }
  return { kind, sampleRate, channels, sampleBytes, frameBytes };
}

function readKind(body: DataView): SampleKind {
  const tag = body.getUint16(0, true);
  const effective = tag === extensible ? subFormat(body) : tag;
  const kind = kinds.get(effective);
  if (kind) return kind;
  const hex = `format 0x${effective.toString(16).padStart(4, '0')}`;
  const name = otherFormats.get(effective);
  throw unsupported(name ? `${name} (${hex})` : hex);
}

function subFormat(body: DataView): number {
  if (body.byteLength < 40) throw malformed(`it is extensible but ${body.byteLength} bytes long, less than 40`);
  const tail = Array.from({ length: 14 }, (_, index) =>
    body
      .getUint8(26 + index)
      .toString(16)
      .padStart(2, '0'),
  );
  if (tail.join('') !== guidTail) throw unsupported('an extensible format that is no PCM, float, A-law or mu-law');
  return body.getUint16(24, true);
}

function malformed(what: string): DataError {
  return new DataError('wav-malformed', `the WAV file's 'fmt ' chunk is wrong: ${what}`, {
    advice: 'Get the file again from its source, or write it again with a sound editor or FFmpeg.',
  });
}

function unsupported(what: string): DataError {
  return new DataError('wav-unsupported', `the WAV file holds ${what}, which is not supported`, {
    advice: 'Convert it to 16- or 24-bit PCM, for example with `ffmpeg -i IN -c:a pcm_s16le OUT.wav`.',
  });
}
