import type {
  BatchNormGradients,
  BatchNormParameters,
  BatchNormSettings,
  Differentiable,
  EngineTensor,
} from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import type { Arena } from './arena.ts';
import { batchNormGradients } from './batch-norm-gradient.ts';
import { batchStatistics } from './batch-norm-statistics.ts';
import { elementwise, f32, flatGroups, u32 } from './wgsl.ts';
import { windowConstants, windowKey, windowsOf, type Windows } from './windows.ts';

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
  return { output, gradient: (outputGradient) => batchNormGradients(arena, saved, outputGradient) };
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
