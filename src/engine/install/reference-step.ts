import type { Engine, EngineTensor, LstmParameters, RandomStream } from '../../stage/index.ts';

/**
 * The kernels of a training step in the sizes that engines are compared by, with an update of each weight. It is no network
 * that anybody trains (that one is defined in `stages/`, out of reach here): only the work of one, in its order.
 */
export interface ReferenceStep {
  /** One step; returns when it is computed. */
  run(): Promise<{ readonly loss: number; readonly gradients: Readonly<Record<string, Float32Array>> }>;
}

const batch = 40;
const input = [166, 64, 20] as const;
const blocks = [
  { kernel: [5, 3], channels: 20, filters: 16 },
  { kernel: [3, 3], channels: 16, filters: 32 },
  { kernel: [3, 3], channels: 32, filters: 64 },
] as const;
const steps = 20;
const features = 8 * 64;
const units = 128;
const classes = 4;
const settings = { momentum: 0.1, epsilon: 1e-5, pool: [2, 2], leak: 0.1 };

/** Weights and inputs from `random`; the same on every engine. */
export function createReferenceStep(engine: Engine, random: RandomStream): ReferenceStep {
  const uniform = (shape: readonly number[], width: number) =>
    engine.tensor(
      shape,
      Float32Array.from(
        { length: shape.reduce((size, length) => size * length, 1) },
        () => width * (2 * random.uniform() - 1),
      ),
    );
  const filled = (size: number, value: number) => engine.tensor([size], new Float32Array(size).fill(value));
  const layers = blocks.map(({ kernel, channels, filters }) => ({
    filter: uniform([...kernel, channels, filters], Math.sqrt(6 / (kernel[0] * kernel[1] * channels))),
    normal: {
      gamma: filled(filters, 1),
      beta: filled(filters, 0),
      mean: filled(filters, 0),
      variance: filled(filters, 1),
    },
  }));
  const direction = (): LstmParameters => ({
    input: uniform([features, 4 * units], Math.sqrt(6 / (features + 4 * units))),
    recurrent: uniform([units, 4 * units], Math.sqrt(6 / (5 * units))),
    bias: filled(4 * units, 0),
  });
  const lstm = { forward: direction(), backward: direction() };
  const vector = uniform([2 * units], 0.1);
  const output = { weights: uniform([2 * units, classes], 0.2), bias: filled(classes, 0) };
  const data = engine.dataset([...input]);
  data.add(
    Float32Array.from({ length: batch * input.reduce((size, length) => size * length, 1) }, () => random.uniform()),
  );
  const standard = { mean: filledLike(engine, 0.5), scale: filledLike(engine, 3.5) };
  const rows = Array.from({ length: batch }, (_, index) => index);
  const labels = rows.map((row) => row % classes);
  const moments = new Map<EngineTensor, readonly [EngineTensor, EngineTensor]>();
  let count = 0;

  const update = (parameter: EngineTensor, gradient: EngineTensor) => {
    const [first, second] = moments.get(parameter) ?? [engine.tensor(parameter.shape), engine.tensor(parameter.shape)];
    moments.set(parameter, [first, second]);
    engine.adam(parameter, gradient, first, second, {
      rate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      step: count,
    });
  };

  /** Forwards and back; the gradients by their parameters. */
  const gradientsOf = (keep: (tensor: EngineTensor) => EngineTensor) => {
    const pairs: (readonly [EngineTensor, EngineTensor])[] = [];
    let x = engine.gather(data, rows, standard.mean, standard.scale);
    const forward = layers.map(({ filter, normal }) => {
      const convolved = engine.convolution(x, filter);
      const activated = engine.batchNorm(convolved.output, normal, settings);
      x = activated.output;
      return { convolved, activated, filter, normal };
    });
    const { shape } = x;
    const recurrent = engine.bidirectionalLstm(
      engine.reshape(x, [batch, steps, features]),
      lstm.forward,
      lstm.backward,
    );
    const pooled = engine.attention(recurrent.output, vector);
    const logits = engine.dense(pooled.output, output.weights, output.bias);
    const entropy = engine.crossEntropy(logits.output, labels, new Array<number>(classes).fill(1));
    const back = logits.gradient(entropy.gradient);
    pairs.push([output.weights, back.weights], [output.bias, back.bias]);
    const unpooled = pooled.gradient(back.input);
    pairs.push([vector, unpooled.vector]);
    const unrolled = recurrent.gradient(unpooled.input);
    for (const side of ['forward', 'backward'] as const)
      for (const name of ['input', 'recurrent', 'bias'] as const) pairs.push([lstm[side][name], unrolled[side][name]]);
    let gradient: EngineTensor | undefined = engine.reshape(unrolled.input, shape);
    for (const [index, { convolved, activated, filter, normal }] of [...forward.entries()].reverse()) {
      if (gradient === undefined) break;
      const inner = activated.gradient(gradient);
      const outer = convolved.gradient(inner.input, index > 0);
      pairs.push([filter, outer.filter], [normal.gamma, inner.gamma], [normal.beta, inner.beta]);
      gradient = outer.input;
    }
    for (const [, tensor] of pairs) keep(tensor);
    return { loss: keep(entropy.loss), pairs };
  };

  const watched: Readonly<Record<string, EngineTensor | undefined>> = {
    filter: layers[0]?.filter,
    recurrent: lstm.forward.recurrent,
    output: output.weights,
  };
  return {
    async run() {
      count += 1;
      const { loss, pairs } = engine.scope(gradientsOf);
      const byParameter = new Map(pairs);
      const gradients: Record<string, Float32Array> = {};
      for (const [name, parameter] of count === 1 ? Object.entries(watched) : []) {
        const gradient = parameter && byParameter.get(parameter);
        if (gradient) gradients[name] = await engine.read(gradient);
      }
      for (const [parameter, gradient] of pairs) update(parameter, gradient);
      const [value = NaN] = await engine.read(loss);
      // What the step changed last: until it can be read the step is not over.
      await engine.read(output.bias);
      engine.dispose(loss, ...byParameter.values());
      return { loss: value, gradients };
    },
  };
}

function filledLike(engine: Engine, value: number): EngineTensor {
  const shape = input.slice(1);
  return engine.tensor(shape, new Float32Array(shape.reduce((size, length) => size * length, 1)).fill(value));
}
