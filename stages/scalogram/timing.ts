import { DataError, type Json, type NumericArray } from '../../src/stage/index.ts';

/** What the scalogram needs to know of the segments. */
export interface Timing {
  /** Samples a second. */
  readonly sampleRate: number;
  /** For each segment how many of its samples, from the first, are speech and not padding. */
  readonly validSamples: readonly number[];
}

/** Throws `DataError` when the timing is not what `segment` writes, or does not belong to the segments. */
export function parseTiming(timing: Json, { shape }: NumericArray): Timing {
  const [count = 0, length = 0] = shape;
  if (shape.length !== 2 || count < 1)
    throw malformed(`the segments have the shape [${shape.join(', ')}], not [n, samples]`);
  const sampleRate = field(timing, 'sampleRate');
  if (typeof sampleRate !== 'number' || !(sampleRate > 0)) throw malformed('the timing has no sampleRate above 0');
  const listed = field(timing, 'validSamples');
  const validSamples = Array.isArray(listed) ? listed.filter((samples) => isWithin(samples, length)) : [];
  if (validSamples.length !== count || !Array.isArray(listed) || listed.length !== count) {
    throw malformed(
      `the timing does not say for each of the ${count} segments which of its ${length} samples are real`,
    );
  }
  return { sampleRate, validSamples };
}

function field(value: Json, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function isWithin(samples: unknown, length: number): samples is number {
  return typeof samples === 'number' && Number.isInteger(samples) && samples >= 1 && samples <= length;
}

function malformed(message: string): DataError {
  return new DataError('malformed-segments', message, {
    advice: 'Connect `segments` to a stage that writes what `segment` writes.',
  });
}
