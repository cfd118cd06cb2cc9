import { DataError, type NumericArray } from '../../src/stage/index.ts';
import type { Framing } from './framing.ts';
import { framesAtOnce, type Kernel } from './kernel.ts';

/** Beyond it, sums of squares leave the range of float32. */
const loudest = 1e12;

/** A frame to compute: its samples in the segments' data, and its place among all frames. */
interface Place {
  readonly from: number;
  readonly frame: number;
}

/**
 * Runs the kernel over the frames of all segments. Frames that lie in the padding are computed once.
 *
 * @returns [segments, frames, values] as one array
 * @throws DataError for samples that are not finite, or whose squares may not be
 */
export function computeFrames(
  kernel: Kernel,
  segments: NumericArray,
  validSamples: readonly number[],
  framing: Framing,
): Float32Array {
  const { data } = segments;
  requireSound(data);
  const [, segmentLength = 0] = segments.shape;
  const features = new Float32Array(validSamples.length * framing.count * kernel.values);
  const { sounding, silent } = placesOf(validSamples, segmentLength, framing);
  for (let first = 0; first < sounding.length; first += framesAtOnce) {
    const group = sounding.slice(first, first + framesAtOnce);
    for (let lane = 0; lane < framesAtOnce; lane++)
      fillLane(kernel.frames, lane, data, group[lane]?.from, framing.length);
    const result = kernel.run();
    group.forEach(({ frame }, lane) => {
      features.set(result.subarray(lane * kernel.values, (lane + 1) * kernel.values), frame * kernel.values);
    });
  }
  if (silent.length > 0) {
    kernel.frames.fill(0);
    const silence = kernel.run().slice(0, kernel.values);
    for (const frame of silent) features.set(silence, frame * kernel.values);
  }
  return features;
}

function placesOf(
  validSamples: readonly number[],
  segmentLength: number,
  framing: Framing,
): { sounding: Place[]; silent: number[] } {
  const sounding: Place[] = [];
  const silent: number[] = [];
  validSamples.forEach((valid, segment) => {
    for (let index = 0; index < framing.count; index++) {
      const start = index * framing.hop;
      const frame = segment * framing.count + index;
      if (start < valid) sounding.push({ from: segment * segmentLength + start, frame });
      else silent.push(frame);
    }
  });
  return { sounding, silent };
}

/** Lanes are independent: what is in one never changes another's bits. */
function fillLane(
  frames: Float32Array,
  lane: number,
  data: NumericArray['data'],
  from: number | undefined,
  length: number,
): void {
  for (let t = 0; t < length; t++) {
    frames[t * framesAtOnce + lane] = from === undefined ? 0 : (data[from + t] ?? 0);
  }
}

/** The logarithm of the kernel would turn what is not a number into one. */
function requireSound(data: NumericArray['data']): void {
  const bad = data.findIndex((sample) => !(Math.abs(sample) <= loudest));
  if (bad < 0) return;
  throw new DataError('not-finite', `sample ${bad} of the segments is ${data[bad]}`, {
    advice: 'Look at the stages that made the segments: their samples must be finite and below 1e12.',
  });
}
