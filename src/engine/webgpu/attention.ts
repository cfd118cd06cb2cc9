import type { Engine, EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { columnSums } from './sums.ts';
import { main, MOST_THREADS, u32 } from './wgsl.ts';

/** One dispatch, a group for each sample; two for the gradient. */
export function attention(
  arena: Arena,
  h: EngineTensor,
  vector: EngineTensor,
  lengths: readonly number[] | undefined,
): ReturnType<Engine['attention']> {
  const [samples = 0, steps = 0, width = 0] = h.shape;
  const output = arena.make([samples, width]);
  const weights = arena.make([samples, steps]);
  const numbers = { steps: u32(steps), width: u32(width) };
  arena.withIndices(lengths ?? new Array<number>(samples).fill(steps), (indices) => {
    arena.gpu.run({
      key: 'attention',
      arrays: {
        h: arena.read(h),
        vector: arena.read(vector),
        lengths: indices,
        weights: arena.write(weights),
        output: arena.write(output),
      },
      numbers,
      groups: [samples, 1, 1],
      code: () => forwardCode,
    });
  });
  return {
    output,
    weights,
    gradient(outputGradient) {
      const input = arena.make(h.shape);
      const scores = arena.make([samples, steps]);
      arena.gpu.run({
        key: 'attention: gradient by the input',
        arrays: {
          h: arena.read(h),
          vector: arena.read(vector),
          weights: arena.read(weights),
          gradient: arena.read(outputGradient),
          scores: arena.write(scores),
          input: arena.write(input),
        },
        numbers,
        groups: [samples, 1, 1],
        code: () => gradientCode,
      });
      return { input, vector: vectorGradient(arena, h, scores, vector) };
    },
  };
}

/** Scores are kept where the weights go. Sums over the steps are done by every thread: steps are few. */
const forwardCode = `
  ${main(MOST_THREADS)} {
    let first = group.x * numbers.steps;
    let end = first + lengths[group.x];
    for (var row = first + thread; row < end; row += ${MOST_THREADS}u) {
      var score = 0.0;
      for (var d = 0u; d < numbers.width; d++) { score += h[row * numbers.width + d] * vector[d]; }
      weights[row] = score;
    }
    storageBarrier();
    var most = weights[first];
    for (var row = first; row < end; row++) { most = max(most, weights[row]); }
    var total = 0.0;
    for (var row = first; row < end; row++) { total += exp(weights[row] - most); }
    storageBarrier();
    for (var row = first + thread; row < first + numbers.steps; row += ${MOST_THREADS}u) {
      if (row < end) { weights[row] = exp(weights[row] - most) / total; } else { weights[row] = 0.0; }
    }
    storageBarrier();
    for (var d = thread; d < numbers.width; d += ${MOST_THREADS}u) {
      var sum = 0.0;
      for (var row = first; row < end; row++) { sum += weights[row] * h[row * numbers.width + d]; }
      output[group.x * numbers.width + d] = sum;
    }
  }`;

const gradientCode = `
  ${main(MOST_THREADS)} {
    let first = group.x * numbers.steps;
    let end = first + numbers.steps;
    let own = group.x * numbers.width;
    for (var row = first + thread; row < end; row += ${MOST_THREADS}u) {
      var byWeight = 0.0;
      for (var d = 0u; d < numbers.width; d++) { byWeight += h[row * numbers.width + d] * gradient[own + d]; }
      scores[row] = byWeight;
    }
    storageBarrier();
    var mean = 0.0;
    for (var row = first; row < end; row++) { mean += weights[row] * scores[row]; }
    storageBarrier();
    for (var row = first + thread; row < end; row += ${MOST_THREADS}u) {
      scores[row] = weights[row] * (scores[row] - mean);
    }
    storageBarrier();
    for (var d = thread; d < numbers.width; d += ${MOST_THREADS}u) {
      for (var row = first; row < end; row++) {
        input[row * numbers.width + d] = weights[row] * gradient[own + d] + scores[row] * vector[d];
      }
    }
  }`;

function vectorGradient(arena: Arena, h: EngineTensor, scores: EngineTensor, vector: EngineTensor): EngineTensor {
  const [samples = 0, steps = 0, width = 0] = h.shape;
  const result = arena.make(vector.shape);
  columnSums(arena.gpu, {
    key: 'attention: gradient by the vector',
    arrays: { h: arena.read(h), scores: arena.read(scores), result: arena.write(result) },
    rows: samples * steps,
    columns: width,
    type: 'f32',
    code: () => `
      fn value(row: u32, column: u32, first: u32) -> f32 { return scores[row] * h[row * numbers.columns + column]; }
      fn store(chunk: u32, column: u32, first: u32, end: u32, sum: f32) { result[column] = sum; }`,
  });
  return result;
}
