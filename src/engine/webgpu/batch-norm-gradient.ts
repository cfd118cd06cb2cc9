import type { BatchNormGradients, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import type { Arena } from './arena.ts';
import { chunksOf, columnSums } from './sums.ts';
import { elementwise, f32, flatGroups, u32 } from './wgsl.ts';
import { windowConstants, windowKey, type Windows } from './windows.ts';

/** What the gradient needs of the forward pass. */
export interface Saved {
  readonly x: EngineTensor;
  readonly windows: Windows;
  /** [3, channels]: mean, 1 / deviation, gamma / deviation. */
  readonly statistics: EngineTensor;
  /** For each output, 2 x the place in its window that was largest, + 1 where the output is positive. */
  readonly choice: EngineTensor;
  readonly leak: number;
}

/** The gradient by x takes the place of x. */
export function batchNormGradients(arena: Arena, saved: Saved, outputGradient: EngineTensor): BatchNormGradients {
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
  arena.withScratch(2 * chunks * channels, (partial) => {
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
