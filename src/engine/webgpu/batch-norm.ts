import type {
  BatchNormGradients,
  BatchNormParameters,
  BatchNormSettings,
  Differentiable,
  EngineTensor,
} from '../../stage/engine.ts';
import { sizeOf, type Arena, type GpuTensor } from './arena.ts';
import { chunksOf, columnSums } from './sums.ts';
import { elementwise, f32, flatGroups, main, u32 } from './wgsl.ts';
import { windowConstants, windowKey, windowsOf, type Windows } from './windows.ts';

/** What the gradient needs of the forward pass. */
interface Saved {
  readonly x: EngineTensor;
  readonly windows: Windows;
  /** [3, channels]: mean, 1 / deviation, gamma / deviation. */
  readonly statistics: EngineTensor;
  /** For each output, 2 x the place in its window that was largest, + 1 where the output is positive. */
  readonly choice: GpuTensor;
  readonly leak: number;
}

/** Three dispatches; three for the gradient, which takes the place of x. */
export function batchNorm(
  arena: Arena,
  x: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): Differentiable<BatchNormGradients> {
  const windows = windowsOf(x, settings.pool);
  const statistics = batchStatistics(arena, x, windows, parameters, settings);
  const choice = arena.make(windows.outputShape);
  const output = normalise(arena, x, windows, statistics, parameters, settings, choice);
  const saved = { x, windows, statistics, choice, leak: settings.leak };
  return { output, gradient: (outputGradient) => gradients(arena, saved, outputGradient) };
}

export function batchNormInference(
  arena: Arena,
  x: EngineTensor,
  { gamma, mean, variance, beta }: BatchNormParameters,
  settings: BatchNormSettings,
): EngineTensor {
  const windows = windowsOf(x, settings.pool);
  const { channels } = windows;
  const statistics = arena.make([3, channels]);
  arena.gpu.run({
    key: 'batch norm: moving statistics',
    arrays: {
      gamma: arena.read(gamma),
      mean: arena.read(mean),
      variance: arena.read(variance),
      statistics: arena.write(statistics),
    },
    numbers: { size: u32(channels), epsilon: f32(settings.epsilon) },
    groups: flatGroups(channels),
    code: () =>
      elementwise(`
        let inverse = 1.0 / sqrt(variance[i] + numbers.epsilon);
        statistics[i] = mean[i];
        statistics[numbers.size + i] = inverse;
        statistics[2u * numbers.size + i] = inverse * gamma[i];`),
  });
  return normalise(arena, x, windows, statistics, { beta }, settings, undefined);
}

/** Mean and squared deviations of chunks of rows, then of all: Chan, Golub and LeVeque, 1983. */
function batchStatistics(
  arena: Arena,
  x: EngineTensor,
  { channels, positions }: Windows,
  { gamma, mean, variance }: BatchNormParameters,
  { epsilon, momentum }: BatchNormSettings,
): EngineTensor {
  const chunks = chunksOf(positions);
  const statistics = arena.make([3, channels]);
  arena.withScratch([2 * chunks * channels], (partial) => {
    if (!partial) return;
    columnSums(arena.gpu, {
      key: 'batch norm: statistics of chunks',
      arrays: { x: arena.read(x), chunkwise: arena.write(partial) },
      rows: positions,
      columns: channels,
      chunks,
      type: 'vec2<f32>',
      code: () => chunkStatistics,
    });
    arena.gpu.run({
      key: 'batch norm: statistics',
      arrays: {
        chunkwise: arena.read(partial),
        gamma: arena.read(gamma),
        moving: arena.write(mean),
        movingVariance: arena.write(variance),
        statistics: arena.write(statistics),
      },
      numbers: {
        chunks: u32(chunks),
        rows: u32(positions),
        rowsOfEach: u32(Math.ceil(positions / chunks)),
        channels: u32(channels),
        momentum: f32(momentum),
        unbiased: f32(1 / Math.max(1, positions - 1)),
        epsilon: f32(epsilon),
      },
      groups: [channels, 1, 1],
      code: joinedStatistics,
    });
  });
  return statistics;
}

/** Deviations are counted from a chunk's first row, so that squares of a large mean do not swamp them. */
const chunkStatistics = `
  fn value(row: u32, column: u32, first: u32) -> vec2<f32> {
    let deviation = x[row * numbers.columns + column] - x[first * numbers.columns + column];
    return vec2<f32>(deviation, deviation * deviation);
  }
  fn store(chunk: u32, column: u32, first: u32, end: u32, sum: vec2<f32>) {
    let mean = sum.x / f32(end - first);
    let at = 2u * (chunk * numbers.columns + column);
    chunkwise[at] = x[first * numbers.columns + column] + mean;
    chunkwise[at + 1u] = max(0.0, sum.y - sum.x * mean);
  }`;

/** One group for each channel. */
function joinedStatistics(): string {
  return `
  // Rows, mean, sum of squared deviations.
  var<workgroup> parts: array<vec3<f32>, 64>;
  fn join(one: vec3<f32>, other: vec3<f32>) -> vec3<f32> {
    let rows = one.x + other.x;
    if (rows == 0.0) { return one; }
    let apart = other.y - one.y;
    let share = other.x / rows;
    return vec3<f32>(rows, one.y + apart * share, one.z + other.z + apart * apart * one.x * share);
  }
  ${main(64)} {
    let channel = group.x;
    var part = vec3<f32>();
    for (var chunk = thread; chunk < numbers.chunks; chunk += 64u) {
      let rows = min(numbers.rowsOfEach, numbers.rows - chunk * numbers.rowsOfEach);
      let at = 2u * (chunk * numbers.channels + channel);
      part = join(part, vec3<f32>(f32(rows), chunkwise[at], chunkwise[at + 1u]));
    }
    parts[thread] = part;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
      if (thread < half) { parts[thread] = join(parts[thread], parts[thread + half]); }
      workgroupBarrier();
    }
    if (thread == 0u) {
      let all = parts[0];
      let inverse = 1.0 / sqrt(all.z / all.x + numbers.epsilon);
      statistics[channel] = all.y;
      statistics[numbers.channels + channel] = inverse;
      statistics[2u * numbers.channels + channel] = inverse * gamma[channel];
      moving[channel] += numbers.momentum * (all.y - moving[channel]);
      movingVariance[channel] += numbers.momentum * (all.z * numbers.unbiased - movingVariance[channel]);
    }
  }`;
}

function normalise(
  arena: Arena,
  x: EngineTensor,
  windows: Windows,
  statistics: EngineTensor,
  { beta }: Pick<BatchNormParameters, 'beta'>,
  { leak }: BatchNormSettings,
  choice: EngineTensor | undefined,
): EngineTensor {
  const output = arena.make(windows.outputShape);
  const size = sizeOf(windows.outputShape);
  arena.gpu.run({
    key: `batch norm: ${choice ? 'training' : 'inference'} ${windowKey(windows)}`,
    arrays: {
      x: arena.read(x),
      statistics: arena.read(statistics),
      beta: arena.read(beta),
      output: arena.write(output),
      ...(choice && { choice: { ...arena.write(choice), type: 'u32' } }),
    },
    numbers: { size: u32(size), leak: f32(leak) },
    groups: flatGroups(size),
    code: () =>
      windowConstants(windows) +
      elementwise(`
        let channel = i % channels;
        let mean = statistics[channel];
        let scale = statistics[2u * channels + channel];
        var most = (x[placeOf(i, 0u)] - mean) * scale;
        var chosen = 0u;
        for (var place = 1u; place < window; place++) {
          let value = (x[placeOf(i, place)] - mean) * scale;
          if (value > most) { most = value; chosen = place; }
        }
        let shifted = most + beta[channel];
        output[i] = select(numbers.leak * shifted, shifted, shifted > 0.0);
        ${choice ? 'choice[i] = 2u * chosen + select(0u, 1u, shifted > 0.0);' : ''}`),
  });
  return output;
}

function gradients(arena: Arena, saved: Saved, outputGradient: EngineTensor): BatchNormGradients {
  const { x, windows, statistics, choice, leak } = saved;
  const { channels, positions } = windows;
  const gamma = arena.make([channels]);
  const beta = arena.make([channels]);
  parameterGradients(arena, saved, outputGradient, gamma, beta);
  const size = sizeOf(x.shape);
  arena.gpu.run({
    key: `batch norm: gradient by the input ${windowKey(windows)}`,
    arrays: {
      x: arena.write(x),
      gradient: arena.read(outputGradient),
      choice: { ...arena.read(choice), type: 'u32' },
      statistics: arena.read(statistics),
      gamma: arena.read(gamma),
      beta: arena.read(beta),
    },
    numbers: { size: u32(size), positions: f32(positions), leak: f32(leak) },
    groups: flatGroups(size),
    code: () => windowConstants(windows) + elementwise(inputGradient),
  });
  return { input: x, gamma, beta };
}

const inputGradient = `
  let channel = i % channels;
  let d = (i / channels) % sizeD;
  let b = (i / (channels * sizeD)) % sizeB;
  let a = (i / (channels * sizeD * sizeB)) % sizeA;
  let sample = i / (channels * sizeD * sizeB * sizeA);
  var own = 0.0;
  if (a / poolA < pooledA && b / poolB < pooledB && d / poolD < pooledD) {
    let output = (((sample * pooledA + a / poolA) * pooledB + b / poolB) * pooledD + d / poolD) * channels + channel;
    let place = ((a % poolA) * poolB + b % poolB) * poolD + d % poolD;
    if (choice[output] / 2u == place) {
      own = gradient[output] * select(numbers.leak, 1.0, choice[output] % 2u == 1u);
    }
  }
  let normal = (x[i] - statistics[channel]) * statistics[channels + channel];
  let spread = (beta[channel] + normal * gamma[channel]) / numbers.positions;
  x[i] = statistics[2u * channels + channel] * (own - spread);`;

function parameterGradients(
  arena: Arena,
  { x, windows, statistics, choice, leak }: Saved,
  outputGradient: EngineTensor,
  gamma: EngineTensor,
  beta: EngineTensor,
): void {
  const { channels, outputShape } = windows;
  const rows = sizeOf(outputShape) / channels;
  const chunks = chunksOf(rows);
  arena.withScratch([2 * chunks * channels], (partial) => {
    if (!partial) return;
    columnSums(arena.gpu, {
      key: `batch norm: gradients by the parameters ${windowKey(windows)}`,
      arrays: {
        x: arena.read(x),
        gradient: arena.read(outputGradient),
        choice: { ...arena.read(choice), type: 'u32' },
        statistics: arena.read(statistics),
        chunkwise: arena.write(partial),
      },
      numbers: { leak: f32(leak) },
      rows,
      columns: channels,
      chunks,
      type: 'vec2<f32>',
      code: () => `${windowConstants(windows)}
        fn value(row: u32, column: u32, first: u32) -> vec2<f32> {
          let i = row * channels + column;
          let own = gradient[i] * select(numbers.leak, 1.0, choice[i] % 2u == 1u);
          let normal = (x[placeOf(i, choice[i] / 2u)] - statistics[column]) * statistics[channels + column];
          return vec2<f32>(own * normal, own);
        }
        fn store(chunk: u32, column: u32, first: u32, end: u32, sum: vec2<f32>) {
          let at = 2u * (chunk * channels + column);
          chunkwise[at] = sum.x;
          chunkwise[at + 1u] = sum.y;
        }`,
    });
    columnSums(arena.gpu, {
      key: 'batch norm: sums of the chunks',
      arrays: { chunkwise: arena.read(partial), gamma: arena.write(gamma), beta: arena.write(beta) },
      rows: chunks,
      columns: channels,
      type: 'vec2<f32>',
      code: () => `
        fn value(row: u32, column: u32, first: u32) -> vec2<f32> {
          let at = 2u * (row * numbers.columns + column);
          return vec2<f32>(chunkwise[at], chunkwise[at + 1u]);
        }
        fn store(chunk: u32, column: u32, first: u32, end: u32, sum: vec2<f32>) {
          gamma[column] = sum.x;
          beta[column] = sum.y;
        }`,
    });
  });
}
