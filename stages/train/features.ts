import { DataError, type Columns, type ItemRow, type NumericArray } from '../../src/stage/index.ts';

/** The segments of one utterance. */
export interface UtteranceFeatures {
  /** Row-major [segments, frames, scales, strips]. */
  readonly features: Float32Array;
  /** Real, unpadded frames of each segment. */
  readonly frames: readonly number[];
  /** [frames, scales, strips] */
  readonly shape: readonly number[];
}

type FeatureRow = ItemRow<{ readonly features: 'array'; readonly frames: 'array' }>;

/**
 * Reads the segments of an utterance that belong to its part.
 *
 * @throws DataError when there are none, or when a number is not finite
 */
export async function readFeatures(row: FeatureRow): Promise<UtteranceFeatures> {
  const { features, frames } = await row.read();
  const [count = 0, ...shape] = features.shape;
  if (!(features.data instanceof Float32Array) || shape.length !== 3 || frames.data.length !== count) {
    const found = `${typeName(features)} [${features.shape.join(', ')}] with ${frames.data.length} frame counts`;
    throw new Error(`features must be float32 [segments, frames, scales, strips] with as many frame counts: ${found}`);
  }
  const rows = row.rows ?? Array.from({ length: count }, (_, index) => index);
  if (rows.length === 0) {
    throw new DataError('no-segments', `${nameOf(row.columns)} has no segments.`, { advice: 'Is its audio empty?' });
  }
  const beyond = rows.find((index) => !(index >= 0 && index < count));
  if (beyond !== undefined) {
    throw new DataError(
      'no-such-segment',
      `${nameOf(row.columns)} has ${count} segments, but its fold names number ${beyond}.`,
      {
        advice: 'Bind the split to the same segments as the features.',
      },
    );
  }
  const chosen = row.rows ? pick(features.data, rows, count) : features.data;
  if (firstNotFinite(chosen) !== undefined) {
    throw new DataError('features-not-finite', `${nameOf(row.columns)} has features that are NaN or infinite.`);
  }
  return { features: chosen, frames: rows.map((index) => frames.data[index] ?? 0), shape };
}

/** @throws Error when the utterances do not have segments of one shape */
export function requireShape(shape: readonly number[], utterance: UtteranceFeatures): void {
  if (shape.length === utterance.shape.length && shape.every((size, axis) => size === utterance.shape[axis])) return;
  throw new Error(`segments of [${utterance.shape.join(', ')}] among those of [${shape.join(', ')}]`);
}

/** How a message names an utterance, of which a stage may know the id or only the speaker and label. */
export function nameOf(columns: Columns): string {
  if (columns.id !== undefined) return `Utterance ${columns.id}`;
  return `An utterance of speaker ${columns.speaker ?? '?'} (${columns.label ?? '?'})`;
}

function pick(data: Float32Array, rows: readonly number[], count: number): Float32Array {
  const size = data.length / count;
  const picked = new Float32Array(rows.length * size);
  rows.forEach((row, index) => picked.set(data.subarray(row * size, (row + 1) * size), index * size));
  return picked;
}

/** By index: an iterator takes ten times as long for the 90 million numbers of a training. */
function firstNotFinite(values: Float32Array): number | undefined {
  for (let at = 0; at < values.length; at++) if (!Number.isFinite(values[at])) return at;
  return undefined;
}

function typeName({ data }: NumericArray): string {
  return data.constructor.name;
}
