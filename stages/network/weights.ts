import { DataError } from '../../src/stage/index.ts';
import type { Engine, NumericArray } from '../../src/stage/index.ts';
import type { NamedTensors } from './optimiser.ts';

/** Copies of all tensors by name. */
export async function readAll(engine: Engine, tensors: NamedTensors): Promise<Record<string, NumericArray>> {
  const result: Record<string, NumericArray> = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    result[name] = { shape: tensor.shape, data: await engine.read(tensor) };
  }
  return result;
}

/** Sets all tensors. Throws `DataError` `network-weights` when a name or shape differs. */
export function loadAll(engine: Engine, tensors: NamedTensors, weights: Readonly<Record<string, NumericArray>>): void {
  const wrong = (what: string) =>
    new DataError('network-weights', `The weights are not those of this network: ${what}.`, {
      advice: 'Train again with this configuration.',
    });
  const extra = Object.keys(weights).filter((name) => !(name in tensors));
  if (extra.length > 0) throw wrong(`${extra.join(', ')} not known`);
  for (const [name, tensor] of Object.entries(tensors)) {
    const given = weights[name];
    if (!given) throw wrong(`${name} is missing`);
    if (given.shape.join() !== tensor.shape.join() || !(given.data instanceof Float32Array)) {
      throw wrong(`${name} is [${given.shape.join(', ')}] instead of float32 [${tensor.shape.join(', ')}]`);
    }
    engine.write(tensor, given.data);
  }
}
