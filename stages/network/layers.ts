import type { Engine, EngineTensor, LstmParameters, RandomStream } from '../../src/stage/index.ts';
import type { NetworkConfig } from './config.ts';
import { glorotUniform, heNormal, lstmBias, orthogonal } from './initialise.ts';
import type { NamedTensors } from './optimiser.ts';
import type { BlockPlan } from './shapes.ts';

/** One pass through the network. */
export interface Pass {
  /** For dropout; none without it, as in inference. */
  readonly random: RandomStream | undefined;
  /** Steps of each sample that attention may use; all when undefined. */
  readonly lengths: readonly number[] | undefined;
  /** Whether anybody needs the gradient by the layer's input. */
  readonly inputGradient: boolean;
}

export interface Trained {
  readonly output: EngineTensor;
  /** Gradients by the input and by each parameter. */
  backward(gradient: EngineTensor): { readonly input: EngineTensor | undefined; readonly parameters: NamedTensors };
}

export interface Layer {
  /** What is learned, by name. */
  readonly parameters: NamedTensors;
  /** What is kept beside it, such as moving statistics. */
  readonly buffers: NamedTensors;
  train(x: EngineTensor, pass: Pass): Trained;
  infer(x: EngineTensor, pass: Pass): EngineTensor;
}

/** Convolution without bias (the shift of the normalisation does its work), normalisation, pooling, leaky ReLU. */
export function featureBlock(
  engine: Engine,
  name: string,
  plan: BlockPlan,
  config: NetworkConfig,
  random: RandomStream | undefined,
): Layer {
  const { filters, kernel, channels, pool } = plan;
  const inputs = kernel.reduce((product, length) => product * length, channels);
  const filter = engine.tensor([...kernel, channels, filters], heNormal(inputs * filters, inputs, config.leak, random));
  const gamma = engine.tensor([filters], new Float32Array(filters).fill(1));
  const beta = engine.tensor([filters]);
  const mean = engine.tensor([filters]);
  const variance = engine.tensor([filters], new Float32Array(filters).fill(1));
  const normal = { gamma, beta, mean, variance };
  const settings = { ...config.batchNorm, pool, leak: config.leak };
  return {
    parameters: { [`${name}.filter`]: filter, [`${name}.gamma`]: gamma, [`${name}.beta`]: beta },
    buffers: { [`${name}.mean`]: mean, [`${name}.variance`]: variance },
    train(x, pass) {
      const convolved = engine.convolution(x, filter);
      const activated = engine.batchNorm(convolved.output, normal, settings);
      return {
        output: activated.output,
        backward(gradient) {
          const inner = activated.gradient(gradient);
          const outer = convolved.gradient(inner.input, pass.inputGradient);
          const parameters = {
            [`${name}.filter`]: outer.filter,
            [`${name}.gamma`]: inner.gamma,
            [`${name}.beta`]: inner.beta,
          };
          return { input: outer.input, parameters };
        },
      };
    },
    infer: (x) => engine.batchNormInference(engine.convolution(x, filter).output, normal, settings),
  };
}

/** [n, steps, scales, ..., channels] to [n, steps, features]: each step one vector. */
export function sequence(engine: Engine, steps: number, features: number): Layer {
  const infer = (x: EngineTensor) => engine.reshape(x, [x.shape[0] ?? 0, steps, features]);
  return {
    parameters: {},
    buffers: {},
    infer,
    train: (x) => ({
      output: infer(x),
      backward: (gradient) => ({ input: engine.reshape(gradient, x.shape), parameters: {} }),
    }),
  };
}

/** Sets a share of the numbers to zero in training, and scales the others so that the mean stays. */
export function dropout(engine: Engine, share: number): Layer {
  return {
    parameters: {},
    buffers: {},
    infer: (x) => x,
    train(x, { random }) {
      if (share === 0 || !random) return { output: x, backward: (gradient) => ({ input: gradient, parameters: {} }) };
      const size = x.shape.reduce((product, length) => product * length, 1);
      const kept = 1 / (1 - share);
      const mask = engine.tensor(
        x.shape,
        Float32Array.from({ length: size }, () => (random.uniform() < share ? 0 : kept)),
      );
      return {
        output: engine.multiply(x, mask),
        backward: (gradient) => ({ input: engine.multiply(gradient, mask), parameters: {} }),
      };
    },
  };
}

/** Bidirectional LSTM: [n, steps, features] to [n, steps, 2 units]. */
export function recurrent(
  engine: Engine,
  name: string,
  features: number,
  units: number,
  random: RandomStream | undefined,
): Layer {
  const direction = (): LstmParameters => ({
    input: engine.tensor([features, 4 * units], glorotUniform(features * 4 * units, features, 4 * units, random)),
    recurrent: engine.tensor([units, 4 * units], orthogonal(units, 4 * units, random)),
    bias: engine.tensor([4 * units], lstmBias(units)),
  });
  const forward = direction();
  const backward = direction();
  const named = (one: LstmParameters, other: LstmParameters) => ({
    [`${name}.forward.input`]: one.input,
    [`${name}.forward.recurrent`]: one.recurrent,
    [`${name}.forward.bias`]: one.bias,
    [`${name}.backward.input`]: other.input,
    [`${name}.backward.recurrent`]: other.recurrent,
    [`${name}.backward.bias`]: other.bias,
  });
  return {
    parameters: named(forward, backward),
    buffers: {},
    infer: (x) => engine.bidirectionalLstm(x, forward, backward).output,
    train(x) {
      const run = engine.bidirectionalLstm(x, forward, backward);
      return {
        output: run.output,
        backward(gradient) {
          const gradients = run.gradient(gradient);
          return { input: gradients.input, parameters: named(gradients.forward, gradients.backward) };
        },
      };
    },
  };
}

/** Attention pooling: [n, steps, width] to [n, width]. `weigh` gives the weights of the steps as well. */
export function attention(
  engine: Engine,
  name: string,
  width: number,
  random: RandomStream | undefined,
): Layer & { weigh(x: EngineTensor, pass: Pass): { readonly output: EngineTensor; readonly weights: EngineTensor } } {
  const vector = engine.tensor([width], glorotUniform(width, width, 1, random));
  const parameters = { [`${name}.vector`]: vector };
  return {
    parameters,
    buffers: {},
    weigh: (x, { lengths }) => engine.attention(x, vector, lengths),
    infer: (x, { lengths }) => engine.attention(x, vector, lengths).output,
    train(x, { lengths }) {
      const run = engine.attention(x, vector, lengths);
      return {
        output: run.output,
        backward(gradient) {
          const gradients = run.gradient(gradient);
          return { input: gradients.input, parameters: { [`${name}.vector`]: gradients.vector } };
        },
      };
    },
  };
}

/** [n, inputs] to [n, outputs], with ReLU or, for the logits, without. */
export function dense(
  engine: Engine,
  name: string,
  inputs: number,
  outputs: number,
  activation: 'relu' | 'none',
  random: RandomStream | undefined,
): Layer {
  const size = inputs * outputs;
  const initial =
    activation === 'relu' ? heNormal(size, inputs, 0, random) : glorotUniform(size, inputs, outputs, random);
  const weights = engine.tensor([inputs, outputs], initial);
  const bias = engine.tensor([outputs]);
  const train = (x: EngineTensor): Trained => {
    const product = engine.dense(x, weights, bias);
    const activated = activation === 'relu' ? engine.relu(product.output) : undefined;
    return {
      output: activated?.output ?? product.output,
      backward(gradient) {
        const gradients = product.gradient(activated ? activated.gradient(gradient) : gradient);
        const parameters = { [`${name}.weights`]: gradients.weights, [`${name}.bias`]: gradients.bias };
        return { input: gradients.input, parameters };
      },
    };
  };
  return {
    parameters: { [`${name}.weights`]: weights, [`${name}.bias`]: bias },
    buffers: {},
    train,
    infer: (x) => train(x).output,
  };
}
