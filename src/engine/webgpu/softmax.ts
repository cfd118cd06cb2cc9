import type { Engine, EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { elementwise, flatGroups, main, MOST_THREADS, u32 } from './wgsl.ts';

/** Largest value and sum of exponentials of row i. */
const rowFunctions = `
  fn largest(i: u32) -> f32 {
    var most = logits[i * numbers.classes];
    for (var c = 1u; c < numbers.classes; c++) { most = max(most, logits[i * numbers.classes + c]); }
    return most;
  }
  fn total(i: u32, most: f32) -> f32 {
    var sum = 0.0;
    for (var c = 0u; c < numbers.classes; c++) { sum += exp(logits[i * numbers.classes + c] - most); }
    return sum;
  }`;

export function softmax(arena: Arena, logits: EngineTensor): EngineTensor {
  const [size = 0, classes = 0] = logits.shape;
  const output = arena.make(logits.shape);
  arena.gpu.run({
    key: 'softmax',
    arrays: { logits: arena.read(logits), output: arena.write(output) },
    numbers: { size: u32(size), classes: u32(classes) },
    groups: flatGroups(size),
    code: () =>
      rowFunctions +
      elementwise(`
        let most = largest(i);
        let sum = total(i, most);
        for (var c = i * numbers.classes; c < (i + 1u) * numbers.classes; c++) {
          output[c] = exp(logits[c] - most) / sum;
        }`),
  });
  return output;
}

/** Loss and gradient in one dispatch of one group: there are few samples in a batch. */
export function crossEntropy(
  arena: Arena,
  logits: EngineTensor,
  labels: readonly number[],
  classWeights: readonly number[],
): ReturnType<Engine['crossEntropy']> {
  const [size = 0, classes = 0] = logits.shape;
  const ofSample = labels.map((label) => classWeights[label] ?? NaN);
  const total = ofSample.reduce((sum, weight) => sum + weight, 0);
  const loss = arena.make([1]);
  const gradient = arena.make(logits.shape);
  const weights = arena.make(
    [size],
    Float32Array.from(ofSample, (weight) => weight / total),
  );
  arena.withIndices(labels, (indices) => {
    arena.gpu.run({
      key: 'cross-entropy',
      arrays: {
        logits: arena.read(logits),
        labels: indices,
        weights: arena.read(weights),
        loss: arena.write(loss),
        gradient: arena.write(gradient),
      },
      numbers: { size: u32(size), classes: u32(classes) },
      groups: [1, 1, 1],
      code: crossEntropyCode,
    });
  });
  arena.dispose(weights);
  return { loss, gradient };
}

function crossEntropyCode(): string {
  return `${rowFunctions}
  var<workgroup> sums: array<f32, ${MOST_THREADS}>;
  ${main(MOST_THREADS)} {
    var sum = 0.0;
    for (var i = thread; i < numbers.size; i += ${MOST_THREADS}u) {
      let most = largest(i);
      let exponentials = total(i, most);
      let first = i * numbers.classes;
      sum += weights[i] * (log(exponentials) - (logits[first + labels[i]] - most));
      for (var c = 0u; c < numbers.classes; c++) {
        let probability = exp(logits[first + c] - most) / exponentials;
        gradient[first + c] = weights[i] * (probability - select(0.0, 1.0, c == labels[i]));
      }
    }
    sums[thread] = sum;
    workgroupBarrier();
    for (var half = ${MOST_THREADS / 2}u; half > 0u; half /= 2u) {
      if (thread < half) { sums[thread] += sums[thread + half]; }
      workgroupBarrier();
    }
    if (thread == 0u) { loss[0] = sums[0]; }
  }`;
}
