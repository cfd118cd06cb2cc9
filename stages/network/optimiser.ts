import { DataError } from '../../src/stage/index.ts';
import type { Engine, EngineTensor, NumericArray } from '../../src/stage/index.ts';
import type { OptimiserConfig } from './config.ts';

/** Tensors by the name of the weight that they are, or belong to. */
export type NamedTensors = Readonly<Record<string, EngineTensor>>;

export interface Optimiser {
  /** One update of all parameters in place. `gradients` has the same names. */
  update(parameters: NamedTensors, gradients: NamedTensors, rate: number): void;
  /** Step count and moments by name, such as `first.block1.filter`, for a checkpoint. */
  state(): Promise<Record<string, NumericArray>>;
  /** Goes on from what `state` gave, with the same bits. Throws `DataError` `optimiser-state` for anything else. */
  restore(state: Readonly<Record<string, NumericArray>>): void;
}

/** Adam or SGD; its moments live in `engine` and begin at zero. */
export function createOptimiser(engine: Engine, config: OptimiserConfig): Optimiser {
  const slots = new Map<string, EngineTensor>();
  let step = 0;
  const slot = (name: string, shape: readonly number[]): EngineTensor => {
    const found = slots.get(name) ?? engine.tensor(shape);
    slots.set(name, found);
    return found;
  };
  const updateOne = (name: string, parameter: EngineTensor, gradient: EngineTensor, rate: number) => {
    if (config.kind === 'sgd') {
      const velocity = slot(`velocity.${name}`, parameter.shape);
      engine.sgd(parameter, gradient, velocity, { rate, momentum: config.momentum });
      return;
    }
    const first = slot(`first.${name}`, parameter.shape);
    const second = slot(`second.${name}`, parameter.shape);
    const { beta1, beta2, epsilon } = config;
    engine.adam(parameter, gradient, first, second, { rate, beta1, beta2, epsilon, step });
  };
  return {
    update(parameters, gradients, rate) {
      step++;
      for (const [name, parameter] of Object.entries(parameters)) {
        const gradient = gradients[name];
        if (!gradient) throw new Error(`no gradient of ${name}`);
        updateOne(name, parameter, gradient, rate);
      }
    },
    async state() {
      const result: Record<string, NumericArray> = { step: { shape: [1], data: Int32Array.of(step) } };
      for (const [name, tensor] of slots) result[name] = { shape: tensor.shape, data: await engine.read(tensor) };
      return result;
    },
    restore({ step: count, ...moments }) {
      const done = count?.data[0];
      if (done === undefined) throw new DataError('optimiser-state', 'The state of the optimiser has no step count.');
      step = done;
      engine.dispose(...slots.values());
      slots.clear();
      for (const [name, { shape, data }] of Object.entries(moments)) {
        if (!(data instanceof Float32Array)) throw new DataError('optimiser-state', `${name} is not float32.`);
        slots.set(name, engine.tensor(shape, data));
      }
    },
  };
}
