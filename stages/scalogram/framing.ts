import { DataError } from '../../src/stage/index.ts';

/** How a segment is cut into frames, in samples. */
export interface Framing {
  readonly length: number;
  readonly hop: number;
  /** Frames that fit into a segment. */
  readonly count: number;
}

/**
 * Frames of a segment of `segmentLength` samples; lengths in seconds are rounded to whole samples.
 * Throws `DataError` when frames cannot be cut that way, or not into strips of equal length.
 */
export function framing(
  options: { readonly frameSeconds: number; readonly frameOverlapSeconds: number; readonly strips: number },
  sampleRate: number,
  segmentLength: number,
): Framing {
  const length = Math.round(options.frameSeconds * sampleRate);
  const hop = length - Math.round(options.frameOverlapSeconds * sampleRate);
  const described = `a frame of ${options.frameSeconds} s at ${sampleRate} Hz has ${length} samples`;
  if (hop < 1) {
    throw new DataError('frames-do-not-move', `${described}, all of which frameOverlapSeconds shares with the next`, {
      advice: '`frameOverlapSeconds` must be less than `frameSeconds`.',
    });
  }
  if (length % options.strips !== 0) {
    throw new DataError('unequal-strips', `${described}, which ${options.strips} strips of equal length do not fill`, {
      advice: `Set \`strips\` to a divisor of ${length}, such as ${nearestDivisors(length, options.strips).join(' or ')}, or change \`frameSeconds\`.`,
    });
  }
  if (segmentLength < length) {
    throw new DataError('segment-shorter-than-frame', `${described}, but a segment only ${segmentLength}`, {
      advice: 'Make the segments longer or `frameSeconds` shorter.',
    });
  }
  return { length, hop, count: Math.floor((segmentLength - length) / hop) + 1 };
}

function nearestDivisors(length: number, wanted: number): number[] {
  const divisors = Array.from({ length }, (_, index) => index + 1).filter((divisor) => length % divisor === 0);
  const below = divisors.filter((divisor) => divisor < wanted).slice(-1);
  const above = divisors.filter((divisor) => divisor > wanted).slice(0, 1);
  return [...below, ...above];
}
