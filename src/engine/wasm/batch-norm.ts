import type {
  BatchNormGradients,
  BatchNormParameters,
  BatchNormSettings,
  Differentiable,
  EngineTensor,
} from '../../stage/engine.ts';
import { sizeOf, threeAxes } from '../shape.ts';
import type { Arena } from './arena.ts';
import type { Kernels } from './kernels.ts';

/** What the kernels need to know of shapes: samples, three spatial axes, channels, three axes of the window. */
interface Windows {
  readonly lengths: readonly number[];
  readonly channels: number;
  readonly positions: number;
  readonly outputShape: readonly number[];
  /** A tensor with the byte offsets of a window's positions. */
  readonly table: EngineTensor;
}

/** Per channel: the batch's or the moving statistics, 1 / deviation, gamma / deviation. */
interface Statistics {
  readonly mean: EngineTensor;
  readonly inverse: EngineTensor;
  readonly scale: EngineTensor;
}

export function batchNorm(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): Differentiable<BatchNormGradients> {
  const windows = windowsOf(arena, kernels, x, settings.pool);
  const { channels, positions } = windows;
  const mean = arena.make([channels]);
  const variance = arena.make([channels]);
  arena.withScratch([16 * channels], (sums = 0) => {
    kernels.statistics(arena.at(x), positions, channels, sums, arena.at(mean), arena.at(variance));
  });
  const unbiased = positions / Math.max(1, positions - 1);
  kernels.updateMoving(arena.at(parameters.mean), arena.at(mean), channels, settings.momentum, 1);
  kernels.updateMoving(arena.at(parameters.variance), arena.at(variance), channels, settings.momentum, unbiased);
  const statistics = prepare(arena, kernels, mean, variance, parameters, settings);
  return {
    output: normalise(arena, kernels, x, windows, statistics, parameters, settings),
    gradient: (outputGradient) =>
      gradients(arena, kernels, x, windows, statistics, parameters, settings, outputGradient),
  };
}

export function batchNormInference(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): EngineTensor {
  const windows = windowsOf(arena, kernels, x, settings.pool);
  const statistics = prepare(arena, kernels, parameters.mean, parameters.variance, parameters, settings);
  return normalise(arena, kernels, x, windows, statistics, parameters, settings);
}

function windowsOf(arena: Arena, kernels: Kernels, x: EngineTensor, pool: readonly number[]): Windows {
  const [samples = 0, ...spatial] = x.shape.slice(0, -1);
  const channels = x.shape.at(-1) ?? 0;
  if (pool.length !== spatial.length) throw new Error(`${pool.length} pool sizes for ${spatial.length} spatial axes`);
  const pooled = spatial.map((length, axis) => Math.floor(length / (pool[axis] ?? 1)));
  const size = threeAxes(spatial);
  const window = threeAxes(pool);
  const table = arena.make([sizeOf(window)]);
  kernels.fillWindow(arena.at(table), ...window, size[1], size[2], channels);
  return {
    lengths: [samples, ...size, channels, ...window],
    channels,
    positions: samples * sizeOf(spatial),
    outputShape: [samples, ...pooled, channels],
    table,
  };
}

function prepare(
  arena: Arena,
  kernels: Kernels,
  mean: EngineTensor,
  variance: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): Statistics {
  const channels = sizeOf(mean.shape);
  const inverse = arena.make([channels]);
  const scale = arena.make([channels]);
  const from = [arena.at(variance), arena.at(parameters.gamma)];
  kernels.prepare(...from, channels, settings.epsilon, arena.at(inverse), arena.at(scale));
  return { mean, inverse, scale };
}

function normalise(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  { lengths, table, outputShape }: Windows,
  { mean, scale }: Statistics,
  { beta }: BatchNormParameters,
  { leak }: BatchNormSettings,
): EngineTensor {
  const output = arena.make(outputShape);
  const channelwise = [arena.at(mean), arena.at(scale), arena.at(beta)];
  kernels.normalise(arena.at(x), ...lengths, arena.at(table), ...channelwise, leak, arena.at(output));
  return output;
}

/** The gradient by x takes the place of x. */
function gradients(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  { lengths, table, channels, positions }: Windows,
  { mean, inverse, scale }: Statistics,
  { beta }: BatchNormParameters,
  { leak }: BatchNormSettings,
  outputGradient: EngineTensor,
): BatchNormGradients {
  const gammaGradient = arena.make([channels]);
  const betaGradient = arena.make([channels]);
  const sums = [arena.at(gammaGradient), arena.at(betaGradient)];
  const from = [arena.at(x), arena.at(outputGradient), ...lengths, arena.at(table), arena.at(mean)];
  arena.withScratch([16 * channels, 8 * (channels + 4)], (total = 0, row = 0) => {
    const channelwise = [arena.at(inverse), arena.at(scale), arena.at(beta)];
    kernels.parameterGradients(...from, ...channelwise, leak, total, row, ...sums);
  });
  arena.withScratch([4 * channels, 4 * channels], (first = 0, second = 0) => {
    kernels.preparePart(...sums, arena.at(inverse), arena.at(scale), channels, positions, first, second);
    kernels.inputGradient(...from, arena.at(scale), arena.at(beta), leak, first, second);
  });
  return { input: x, gamma: gammaGradient, beta: betaGradient };
}
