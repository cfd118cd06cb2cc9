import { DataError } from '../../../src/stage/index.ts';
import { flacAdvice } from './damage.ts';

/** What a FLAC file says of itself. */
export interface StreamInfo {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Of each channel; undefined when the writer did not know. */
  readonly samples: number | undefined;
  /** Of all samples, in hexadecimal; undefined when the writer left it out. */
  readonly md5: string | undefined;
}

/**
 * Reads the metadata of a FLAC file: the STREAMINFO block (RFC 9639, 8.2), which comes first, and where the frames begin.
 *
 * Throws `DataError`: `flac-malformed`, and `flac-unverifiable` for a file that states neither its length nor its MD5.
 */
export function readStreamInfo(bytes: Uint8Array): { readonly info: StreamInfo; readonly framesStart: number } {
  if (bytes.length < 42 || ((bytes[4] ?? 0) & 127) !== 0) throw malformed('it has no whole STREAMINFO block');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const packed = view.getUint32(18);
  const samples = (packed & 15) * 2 ** 32 + view.getUint32(22);
  const md5 = Buffer.from(bytes.subarray(26, 42)).toString('hex');
  const info = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    samples: samples === 0 ? undefined : samples,
    md5: /^0+$/.test(md5) ? undefined : md5,
  };
  if (info.sampleRate === 0) throw malformed('it states a sample rate of 0 Hz');
  if (info.bits < 4) throw malformed(`it states samples of ${info.bits} bits`);
  if (info.samples === undefined && info.md5 === undefined) throw unverifiable();
  return { info, framesStart: endOfMetadata(view) };
}

function endOfMetadata(view: DataView): number {
  let position = 4;
  while (position + 4 <= view.byteLength) {
    const header = view.getUint32(position);
    position += 4 + (header & 0xffffff);
    const isLast = header >>> 31 === 1;
    if (isLast) return position;
  }
  throw malformed('it ends inside its metadata');
}

function malformed(what: string): DataError {
  return new DataError('flac-malformed', `the FLAC file's header is wrong: ${what}`, { advice: flacAdvice });
}

function unverifiable(): DataError {
  const message = 'the FLAC file states neither its length nor its MD5, so that a missing end would pass unnoticed';
  return new DataError('flac-unverifiable', message, {
    advice: 'Encode it again with `flac --force FILE`, which writes both.',
  });
}
