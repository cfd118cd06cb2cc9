import { BitReader } from './bit-reader.ts';
import { crc16, crc8 } from './crc.ts';
import { damaged } from './damage.ts';
import { readFrameHeader, type FrameHeader } from './frame-header.ts';
import type { StreamInfo } from './stream-info.ts';
import { readSubframe } from './subframe.ts';

export interface FlacFrame {
  /** Integers; all channels have the same number of samples. */
  readonly channels: readonly Float64Array[];
  /** Where the next frame begins, in bytes. */
  readonly end: number;
}

/**
 * Reads one frame (RFC 9639, 9): its header, a subframe for each channel, and both check sums.
 *
 * @param before how many frames and samples came before
 * @throws `DataError` `flac-damaged`, also for a frame that is not the next one
 */
export function readFrame(
  bytes: Uint8Array,
  start: number,
  info: StreamInfo,
  before: { readonly frames: number; readonly samples: number },
): FlacFrame {
  const where = `after sample ${before.samples}`;
  const reader = new BitReader(bytes, start);
  const header = readFrameHeader(reader, where);
  checkSum(crc8(bytes.subarray(start, reader.position)), reader.unsigned(8), where);
  checkHeader(header, info, where);
  if (header.ordinal !== (header.countsSamples ? before.samples : before.frames)) {
    throw damaged(`a frame is missing, ${where}`);
  }
  const coded = Array.from({ length: header.channels }, (_, channel) =>
    readSubframe(reader, header.blockSize, info.bits + (channel === sideChannel(header) ? 1 : 0)),
  );
  reader.align();
  const end = reader.position + 2;
  checkSum(crc16(bytes.subarray(start, reader.position)), reader.unsigned(16), where);
  separateStereo(coded, header);
  return { channels: coded, end };
}

function checkSum(computed: number, stated: number, where: string): void {
  if (computed !== stated) throw damaged(`a check sum is wrong, ${where}`);
}

function checkHeader(header: FrameHeader, info: StreamInfo, where: string): void {
  const { channels, bits = info.bits, sampleRate = info.sampleRate } = header;
  if (channels === info.channels && bits === info.bits && sampleRate === info.sampleRate) return;
  throw damaged(`a frame does not have the file's channels, bits or sample rate, ${where}`);
}

/** The channel that holds left - right, which takes one bit more. */
function sideChannel({ stereo }: FrameHeader): number | undefined {
  if (stereo === 'independent') return undefined;
  return stereo === 'side-right' ? 0 : 1;
}

/** Turns what was coded into left and right, in place (RFC 9639, 4.2). */
function separateStereo([first, second]: readonly Float64Array[], { stereo }: FrameHeader): void {
  if (stereo === 'independent' || !first || !second) return;
  for (let index = 0; index < first.length; index++) {
    const [a, b] = [first[index] ?? 0, second[index] ?? 0];
    if (stereo === 'left-side') second[index] = a - b;
    if (stereo === 'side-right') first[index] = a + b;
    if (stereo !== 'mid-side') continue;
    const twiceMid = 2 * a + Math.abs(b % 2);
    first[index] = (twiceMid + b) / 2;
    second[index] = (twiceMid - b) / 2;
  }
}
