import { DataError, type Json } from '../../src/stage/index.ts';

/** In seconds from the beginning of the recording; `end` without padding. */
export interface SegmentTime {
  readonly start: number;
  readonly end: number;
}

/**
 * When the segments of an utterance begin and end.
 *
 * @param timing as `segment` gives it
 * @param span as `vad` gives it, where silence was cut off before the segments
 * @throws DataError `malformed-segments` when they are something else
 */
export function segmentTimes(timing: Json, span: Json | undefined): SegmentTime[] {
  const starts = numbers(field(timing, 'startSeconds'));
  const valid = numbers(field(timing, 'validSamples'));
  const sampleRate = field(timing, 'sampleRate');
  const before = span === undefined ? 0 : field(span, 'startSeconds');
  if (typeof sampleRate !== 'number' || typeof before !== 'number' || !starts || starts.length !== valid?.length) {
    throw new DataError('malformed-segments', 'nothing says when the segments begin and end', {
      advice: 'A stage that gives `timing` or `span` must give them as `segment` and `vad` do.',
    });
  }
  return starts.map((start, index) => ({
    start: before + start,
    end: before + start + (valid[index] ?? 0) / sampleRate,
  }));
}

const field = (value: Json, name: string): Json | undefined =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;

function numbers(value: Json | undefined): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const found = value.filter((entry) => typeof entry === 'number');
  return found.length === value.length ? found : undefined;
}
