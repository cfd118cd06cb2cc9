/** Mean and standard deviation of each (scale, strip), fitted on training segments. */
export interface Scaling {
  /** Row-major [scales, strips]. */
  readonly mean: Float32Array;
  /** Row-major [scales, strips]; 1 where the data do not vary. */
  readonly deviation: Float32Array;
}

/** Some segments, such as those of one utterance. */
export interface ScaledSegments {
  /** Row-major [n, frames, scales, strips]. */
  readonly features: Float32Array;
  /** Real frames of each of the n; what follows is padding and left out. */
  readonly frames: ArrayLike<number>;
}

/**
 * Fits the scaling over the real frames: mean and population standard deviation, as scikit-learn's StandardScaler,
 * in float64 and two passes.
 * @param shape [frames, scales, strips]
 */
export function fitScaling(segments: readonly ScaledSegments[], shape: readonly number[]): Scaling {
  const [frames = 0, scales = 0, strips = 0] = shape;
  const width = scales * strips;
  const sums = new Float64Array(width);
  let count = 0;
  eachFrame(segments, frames, width, (values, start) => {
    for (let at = 0; at < width; at++) sums[at] = (sums[at] ?? 0) + (values[start + at] ?? 0);
    count++;
  });
  const means = sums.map((sum) => sum / Math.max(1, count));
  const squares = new Float64Array(width);
  eachFrame(segments, frames, width, (values, start) => {
    for (let at = 0; at < width; at++) {
      const difference = (values[start + at] ?? 0) - (means[at] ?? 0);
      squares[at] = (squares[at] ?? 0) + difference * difference;
    }
  });
  return {
    mean: Float32Array.from(means),
    // A deviation that float32 rounds to 0 is no deviation either.
    deviation: Float32Array.from(squares, (square) => Math.fround(Math.sqrt(square / Math.max(1, count))) || 1),
  };
}

function eachFrame(
  segments: readonly ScaledSegments[],
  frames: number,
  width: number,
  visit: (values: Float32Array, start: number) => void,
): void {
  for (const { features, frames: real } of segments) {
    for (let segment = 0; segment < real.length; segment++) {
      for (let frame = 0; frame < (real[segment] ?? 0); frame++) {
        visit(features, (segment * frames + frame) * width);
      }
    }
  }
}
