import { DataError, type NumericArray } from '../../src/stage/index.ts';
import type { Framing } from './framing.ts';
import { framesAtOnce, type Kernel } from './kernel.ts';

/** Beyond it, sums of squares leave the range of float32. */
const loudest = 1e12;

/** A frame: its first sample in the segments' data, and its place among all frames. */
interface Frame {
  readonly from: number;
  readonly place: number;
}

/**
 * Runs the kernel over the frames of all segments. Frames of the same samples are computed once: those that overlapping
 * segments share, and those in the padding.
 *
 * @returns [segments, frames, values] as one array
 * @throws DataError for samples that are not finite, or whose squares may not be
 */
export function computeFrames(kernel: Kernel, { shape, data }: NumericArray, framing: Framing): Float32Array {
  requireSound(data);
  const [segments = 0, segmentLength = 0] = shape;
  const { values } = kernel;
  const features = new Float32Array(segments * framing.count * values);
  const { distinct, repeats } = compareFrames(framesOf(segments, segmentLength, framing), data, framing.length);
  for (let first = 0; first < distinct.length; first += framesAtOnce) {
    const group = distinct.slice(first, first + framesAtOnce);
    group.forEach(({ from }, lane) => fillLane(kernel.frames, lane, data, from, framing.length));
    const result = kernel.run();
    group.forEach(({ place }, lane) => {
      features.set(result.subarray(lane * values, (lane + 1) * values), place * values);
    });
  }
  for (const { place, of } of repeats) features.copyWithin(place * values, of * values, (of + 1) * values);
  return features;
}

function framesOf(segments: number, segmentLength: number, { count, hop }: Framing): Frame[] {
  return Array.from({ length: segments * count }, (_, place) => {
    const segment = Math.floor(place / count);
    return { from: segment * segmentLength + (place - segment * count) * hop, place };
  });
}

interface Compared {
  readonly distinct: readonly Frame[];
  /** Frames with the samples of one that is among the distinct. */
  readonly repeats: readonly { readonly place: number; readonly of: number }[];
}

function compareFrames(frames: readonly Frame[], data: NumericArray['data'], length: number): Compared {
  const distinct: Frame[] = [];
  const repeats: { place: number; of: number }[] = [];
  // By the sample in the middle: frames that agree in it are compared.
  const known = new Map<number, Frame>();
  for (const frame of frames) {
    const middle = data[frame.from + (length >> 1)] ?? 0;
    const other = known.get(middle);
    if (other !== undefined && areEqual(data, frame.from, other.from, length)) {
      repeats.push({ place: frame.place, of: other.place });
    } else {
      known.set(middle, frame);
      distinct.push(frame);
    }
  }
  return { distinct, repeats };
}

function areEqual(data: NumericArray['data'], one: number, other: number, length: number): boolean {
  for (let t = 0; t < length; t++) if (data[one + t] !== data[other + t]) return false;
  return true;
}

/** Lanes are independent: what is in one never changes another's bits. */
function fillLane(frames: Float32Array, lane: number, data: NumericArray['data'], from: number, length: number): void {
  for (let t = 0; t < length; t++) frames[t * framesAtOnce + lane] = data[from + t] ?? 0;
}

/** The logarithm of the kernel would turn what is not a number into one. */
function requireSound(data: NumericArray['data']): void {
  for (let index = 0; index < data.length; index++) {
    if (Math.abs(data[index] ?? 0) <= loudest) continue;
    throw new DataError('not-finite', `sample ${index} of the segments is ${data[index]}`, {
      advice: 'Look at the stages that made the segments: their samples must be finite and below 1e12.',
    });
  }
}
