import type { BatchNormParameters, BatchNormSettings, EngineTensor } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { chunksOf, columnSums } from './sums.ts';
import { f32, main, u32 } from './wgsl.ts';
import type { Windows } from './windows.ts';

/**
 * [3, channels]: mean, 1 / deviation, gamma / deviation. Updates the moving statistics.
 * Mean and squared deviations of chunks of rows, then of all: Chan, Golub and LeVeque, 1983.
 */
export function batchStatistics(
  arena: Arena,
  x: EngineTensor,
  { channels, positions }: Windows,
  { gamma, mean, variance }: BatchNormParameters,
  { epsilon, momentum }: BatchNormSettings,
): EngineTensor {
  const chunks = chunksOf(positions);
  const statistics = arena.make([3, channels]);
  arena.withScratch(2 * chunks * channels, (partial) => {
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
