import type { AdamSettings, Engine, SgdSettings } from '../../stage/engine.ts';
import { power } from '../power.ts';
import type { Tensors } from './tensors.ts';

export function adam(tensors: Tensors): Engine['adam'] {
  const scalars = rememberScalars(tensors);
  return (parameter, gradient, first, second, settings) => {
    const { operations, variable, at } = tensors;
    const variables = [parameter, first, second].map(variable);
    const inputs = [...variables, ...scalars(adamScalars(settings)), at(gradient)];
    operations.runMany(
      'ResourceApplyAdam',
      0,
      { T: operations.float, use_locking: false, use_nesterov: false },
      inputs,
    );
  };
}

/**
 * In the order of `ResourceApplyAdam`: powers of the betas, rate, betas, epsilon. TensorFlow computes
 * rate sqrt(1 - beta2^t) / (1 - beta1^t) in float32 and adds epsilon to the uncorrected root: both are put right here.
 */
function adamScalars({ rate, beta1, beta2, epsilon, step }: AdamSettings): number[] {
  const root = Math.sqrt(1 - power(beta2, step));
  return [0, 0, (rate * root) / (1 - power(beta1, step)), beta1, beta2, epsilon * root];
}

export function sgd(tensors: Tensors): Engine['sgd'] {
  const scalars = rememberScalars(tensors);
  return (parameter, gradient, velocity, { rate, momentum }: SgdSettings) => {
    const { operations, variable, at } = tensors;
    const [rateId = 0, momentumId = 0] = scalars([rate, momentum]);
    const inputs = [variable(parameter), variable(velocity), rateId, at(gradient), momentumId];
    const attributes = { T: operations.float, use_locking: false, use_nesterov: false };
    operations.runMany('ResourceApplyMomentum', 0, attributes, inputs);
  };
}

/** Tensors of the last numbers, which are the same for all parameters of a step. */
function rememberScalars({ operations, adopt, at, dispose }: Tensors): (values: readonly number[]) => number[] {
  let last = '';
  let made: ReturnType<typeof adopt>[] = [];
  return (values) => {
    const name = values.join();
    if (name !== last) {
      made.forEach(dispose);
      made = operations.frame((keep) =>
        values.map((value) => adopt(keep(operations.floats([], Float32Array.of(value))), [], 'lasting')),
      );
      last = name;
    }
    return made.map(at);
  };
}
