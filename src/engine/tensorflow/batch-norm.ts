import type {
  BatchNormGradients,
  BatchNormParameters,
  BatchNormSettings,
  Differentiable,
  EngineTensor,
} from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { reshape } from './operations.ts';
import { maxPool } from './max-pool.ts';
import type { Tensors } from './tensors.ts';

export function batchNorm(
  tensors: Tensors,
  x: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): Differentiable<BatchNormGradients> {
  const { operations } = tensors;
  const attributes = attributesOf(tensors, settings);
  return operations.frame((keep) => {
    const training = { ...attributes, is_training: true, exponential_avg_factor: { float: settings.momentum } };
    const [normal = 0, mean = 0, variance = 0, ...reserved] = operations.runMany('FusedBatchNormV3', 6, training, [
      asImage(tensors, x),
      ...[parameters.gamma, parameters.beta, parameters.mean, parameters.variance].map(tensors.at),
    ]);
    tensors.set(parameters.mean, keep(mean));
    tensors.set(parameters.variance, keep(variance));
    const pooled = maxPool(tensors, normal, x, settings.pool);
    const saved = [...reserved, ...pooled.saved].map((id) => tensors.adopt(keep(id), []));
    const output = tensors.adopt(keep(leakyRelu(tensors, pooled.output, settings.leak)), pooled.shape);
    return {
      output,
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const [first = 0, second = 0, third = 0, ...rest] = saved.map(tensors.at);
          const pooledGradient = leakyReluGradient(tensors, output, outputGradient, settings.leak);
          const normalGradient = pooled.gradient(pooledGradient, rest, tensors.at(x), tensors.at(output));
          for (const one of saved.slice(3)) tensors.dispose(one);
          if (normalGradient !== pooledGradient) operations.free(pooledGradient);
          const gamma = tensors.at(parameters.gamma);
          const inputs = [asImage(tensors, x, normalGradient), asImage(tensors, x), gamma, first, second, third];
          const [input = 0, scale = 0, shift = 0] = operations.runMany(
            'FusedBatchNormGradV3',
            5,
            { ...attributes, is_training: true },
            inputs,
          );
          const shaped = x.shape.length === 4 ? input : reshape(tensors.operations, input, x.shape);
          return {
            input: tensors.adopt(hold(shaped), x.shape),
            gamma: tensors.adopt(hold(scale), parameters.gamma.shape),
            beta: tensors.adopt(hold(shift), parameters.beta.shape),
          };
        }),
    };
  });
}

export function batchNormInference(
  tensors: Tensors,
  x: EngineTensor,
  parameters: BatchNormParameters,
  settings: BatchNormSettings,
): EngineTensor {
  const { operations } = tensors;
  return operations.frame((keep) => {
    const attributes = { ...attributesOf(tensors, settings), is_training: false };
    const [normal = 0] = operations.runMany('FusedBatchNormV3', 6, attributes, [
      asImage(tensors, x),
      ...[parameters.gamma, parameters.beta, parameters.mean, parameters.variance].map(tensors.at),
    ]);
    const pooled = maxPool(tensors, normal, x, settings.pool);
    return tensors.adopt(keep(leakyRelu(tensors, pooled.output, settings.leak)), pooled.shape);
  });
}

function attributesOf({ operations: { float } }: Tensors, { epsilon }: BatchNormSettings) {
  return { T: float, U: float, data_format: 'NHWC', epsilon: { float: epsilon } };
}

/** As an image of two axes whatever its axes are: the kernels for three are slower or not there. */
function asImage(tensors: Tensors, x: EngineTensor, id = tensors.at(x)): number {
  if (x.shape.length === 4) return id;
  const [samples = 0, ...rest] = x.shape;
  const channels = rest.pop() ?? 0;
  return reshape(tensors.operations, id, [samples, sizeOf(rest), 1, channels]);
}

function leakyRelu({ operations }: Tensors, x: number, leak: number): number {
  return operations.run('LeakyRelu', { T: operations.float, alpha: { float: leak } }, x);
}

/** The sign of the output is that of the input, so that the input need not be kept. */
function leakyReluGradient(tensors: Tensors, output: EngineTensor, outputGradient: EngineTensor, leak: number): number {
  const { operations } = tensors;
  const attributes = { T: operations.float, alpha: { float: leak } };
  return operations.run('LeakyReluGrad', attributes, tensors.at(outputGradient), tensors.at(output));
}
