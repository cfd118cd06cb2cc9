import type { EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { createTensorBlocks, type TensorBlocks } from '../tensor-blocks.ts';
import type { MemoryPool } from './memory-pool.ts';

/** Tensors in a memory pool, by their byte addresses. */
export interface Arena extends Pick<TensorBlocks<number>, 'reshape' | 'dispose' | 'scope'> {
  readonly pool: MemoryPool;
  /** A tensor whose numbers are whatever was there. */
  make(shape: readonly number[]): EngineTensor;
  /** The byte address of a tensor of this arena. Throws when it was disposed of. */
  at(tensor: EngineTensor): number;
  /** Its numbers, as a view that holds until the next allocation. */
  view(tensor: EngineTensor): Float32Array;
  /** Runs `work` with the addresses of temporary pieces of so many bytes each. */
  withScratch<Result>(bytes: readonly number[], work: (...addresses: number[]) => Result): Result;
}

export function createArena(pool: MemoryPool): Arena {
  const blocks = createTensorBlocks<number>((address) => pool.free(address));
  return {
    reshape: blocks.reshape,
    dispose: blocks.dispose,
    scope: blocks.scope,
    pool,
    make: (shape) => blocks.adopt(pool.allocate(4 * sizeOf(shape)), shape),
    at: blocks.memoryOf,
    view: (tensor) => pool.floats(blocks.memoryOf(tensor), sizeOf(tensor.shape)),
    withScratch(bytes, work) {
      const addresses = bytes.map((count) => pool.allocate(count));
      try {
        return work(...addresses);
      } finally {
        for (const address of addresses) pool.free(address);
      }
    },
  };
}
