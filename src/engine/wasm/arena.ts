import type { EngineTensor } from '../../stage/engine.ts';
import type { MemoryPool } from './memory-pool.ts';

/** Memory that one tensor and its reshaped views share. */
interface Block {
  readonly pool: MemoryPool;
  readonly address: number;
  live: boolean;
}

class WasmTensor implements EngineTensor {
  readonly shape: readonly number[];
  readonly size: number;
  readonly block: Block;

  constructor(shape: readonly number[], block: Block) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.block = block;
  }
}

export type { WasmTensor };

/** Tensors in a memory pool, and the scopes that free them. */
export interface Arena {
  readonly pool: MemoryPool;
  /** A tensor whose numbers are whatever was there. */
  make(shape: readonly number[]): WasmTensor;
  /** The byte address of a tensor of this arena. Throws when it was disposed of. */
  at(tensor: EngineTensor): number;
  /** Its numbers, as a view that holds until the next allocation. */
  view(tensor: EngineTensor): Float32Array;
  reshape(tensor: EngineTensor, shape: readonly number[]): WasmTensor;
  dispose(tensor: EngineTensor): void;
  scope<Result>(work: (keep: (tensor: EngineTensor) => EngineTensor) => Result): Result;
  /** Runs `work` with the addresses of temporary pieces of so many bytes each. */
  withScratch<Result>(bytes: readonly number[], work: (...addresses: number[]) => Result): Result;
}

export function createArena(pool: MemoryPool): Arena {
  const scopes: Set<Block>[] = [];

  const own = (tensor: EngineTensor): WasmTensor => {
    if (!(tensor instanceof WasmTensor) || tensor.block.pool !== pool) {
      throw new Error('this tensor belongs to another engine');
    }
    if (!tensor.block.live)
      throw new Error(`a tensor of shape [${tensor.shape.join(', ')}] is used after it was freed`);
    return tensor;
  };
  const release = (block: Block) => {
    if (!block.live) return;
    block.live = false;
    pool.free(block.address);
    for (const scope of scopes) scope.delete(block);
  };

  return {
    pool,
    make(shape) {
      const block = { pool, address: pool.allocate(4 * sizeOf(shape)), live: true };
      scopes.at(-1)?.add(block);
      return new WasmTensor([...shape], block);
    },
    at: (tensor) => own(tensor).block.address,
    view: (tensor) => pool.floats(own(tensor).block.address, own(tensor).size),
    reshape(tensor, shape) {
      const { size, block } = own(tensor);
      if (sizeOf(shape) !== size) throw new Error(`cannot see ${size} numbers as [${shape.join(', ')}]`);
      return new WasmTensor([...shape], block);
    },
    dispose: (tensor) => release(own(tensor).block),
    scope(work) {
      const made = new Set<Block>();
      const kept = new Set<Block>();
      scopes.push(made);
      try {
        return work((tensor) => {
          kept.add(own(tensor).block);
          return tensor;
        });
      } finally {
        scopes.pop();
        for (const block of made) {
          if (kept.has(block)) scopes.at(-1)?.add(block);
          else release(block);
        }
      }
    },
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

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
