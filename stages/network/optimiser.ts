import type { Engine, EngineTensor, NumericArray } from '../../src/stage/index.ts';
import type { OptimiserConfig } from './config.ts';

/** Tensors by the name of the weight that they are, or belong to. */
export type NamedTensors = Readonly<Record<string, EngineTensor>>;

export interface Optimiser {
  /** One update of all parameters in place. `gradients` has the same names. */
  update(parameters: NamedTensors, gradients: NamedTensors, rate: number): void;
  /** Moments and step count by name, for a checkpoint; empty before the first step. */
  state(): Promise<Record<string, NumericArray>>;
  /** Goes on from what `state` gave, with the same bits. */
  restore(state: Readonly<Record<string, NumericArray>>): void;
}

export function createOptimiser(_engine: Engine, _config: OptimiserConfig): Optimiser {
  throw new Error('not yet');
}
