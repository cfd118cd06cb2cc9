/** Mean and standard deviation of each (scale, strip), fitted on training segments. */
export interface Scaling {
  /** Row-major [scales, strips]. */
  readonly mean: Float32Array;
  /** Row-major [scales, strips]; 1 where the data do not vary. */
  readonly deviation: Float32Array;
}

/**
 * Fits the scaling over the real frames of some segments, in float64, two passes.
 * @param segments features row-major [n, frames, scales, strips] and the real frames of each of the n, per utterance
 * @param shape [frames, scales, strips]
 */
export function fitScaling(
  _segments: Iterable<{ readonly features: Float32Array; readonly frames: ArrayLike<number> }>,
  _shape: readonly number[],
): Scaling {
  throw new Error('not yet');
}
