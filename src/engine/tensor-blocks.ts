import type { EngineTensor } from '../stage/engine.ts';
import { sizeOf } from './shape.ts';

/** Tensors of one engine. Reshaped views share the block of memory of the tensor that they show. */
export interface TensorBlocks<Memory> {
  /** A tensor of `memory`, which it owns from now on; scopes do not free one that is `lasting`. */
  adopt(memory: Memory, shape: readonly number[], lasting?: 'lasting'): EngineTensor;
  /** What a tensor is stored in. Throws when it is another engine's, or was freed. */
  memoryOf(tensor: EngineTensor): Memory;
  /** The same numbers under another shape. Throws when that has another size. */
  reshape(tensor: EngineTensor, shape: readonly number[]): EngineTensor;
  dispose(tensor: EngineTensor): void;
  /** Frees every tensor made in `work` but those passed to `keep`, which the scope around it frees. */
  scope<Result>(work: (keep: (tensor: EngineTensor) => EngineTensor) => Result): Result;
  /** Frees every tensor. */
  close(): void;
}

interface Block<Memory> {
  readonly memory: Memory;
  live: boolean;
}

/** `free` gives memory back; it is called once for each block. */
export function createTensorBlocks<Memory>(free: (memory: Memory) => void): TensorBlocks<Memory> {
  const blocks = new WeakMap<EngineTensor, Block<Memory>>();
  const all = new Set<Block<Memory>>();
  const scopes: Set<Block<Memory>>[] = [];

  const own = (tensor: EngineTensor): Block<Memory> => {
    const block = blocks.get(tensor);
    if (block === undefined) throw new Error('this tensor belongs to another engine');
    if (!block.live) throw new Error(`a tensor of shape [${tensor.shape.join(', ')}] is used after it was freed`);
    return block;
  };
  const show = (block: Block<Memory>, shape: readonly number[]): EngineTensor => {
    const tensor = { shape: [...shape] };
    blocks.set(tensor, block);
    return tensor;
  };
  const release = (block: Block<Memory>) => {
    if (!block.live) return;
    block.live = false;
    free(block.memory);
    all.delete(block);
    for (const scope of scopes) scope.delete(block);
  };

  return {
    adopt(memory, shape, lasting) {
      const block = { memory, live: true };
      all.add(block);
      if (!lasting) scopes.at(-1)?.add(block);
      return show(block, shape);
    },
    memoryOf: (tensor) => own(tensor).memory,
    reshape(tensor, shape) {
      const block = own(tensor);
      const size = sizeOf(tensor.shape);
      if (sizeOf(shape) !== size) throw new Error(`cannot see ${size} numbers as [${shape.join(', ')}]`);
      return show(block, shape);
    },
    dispose: (tensor) => release(own(tensor)),
    scope(work) {
      const made = new Set<Block<Memory>>();
      const kept = new Set<Block<Memory>>();
      scopes.push(made);
      try {
        return work((tensor) => {
          kept.add(own(tensor));
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
    close() {
      for (const block of all) release(block);
    },
  };
}
