import type { EngineTensor } from '../../stage/engine.ts';
import { reshape, sizeOf, type Operations } from './operations.ts';

/** The value that one tensor and its reshaped views share. TensorFlow's tensors do not change: a new one takes its place. */
interface Block {
  readonly owner: Operations;
  readonly shape: readonly number[];
  /** The id of its value; none while it must be read from `variable`. */
  value: number | undefined;
  /** TensorFlow's variable, for what an optimiser changes in place. */
  variable: number | undefined;
  /** Ids of the value under other shapes. */
  readonly views: Map<string, number>;
  live: boolean;
}

class TensorflowTensor implements EngineTensor {
  readonly shape: readonly number[];
  readonly block: Block;

  constructor(shape: readonly number[], block: Block) {
    this.shape = shape;
    this.block = block;
  }
}

export type { TensorflowTensor };

/** Tensors of one engine, and the scopes that free them. */
export interface Tensors {
  readonly operations: Operations;
  /** The tensor with the value `id`, which it owns from now on; scopes do not free one that is `lasting`. */
  adopt(id: number, shape: readonly number[], lasting?: 'lasting'): TensorflowTensor;
  /** The id of a tensor's value. Throws when it was disposed of. */
  at(tensor: EngineTensor): number;
  /** Gives a tensor another value of its shape. */
  set(tensor: EngineTensor, id: number): void;
  /** The id of the variable that a tensor is from now on; its value must not be held meanwhile. */
  variable(tensor: EngineTensor): number;
  reshape(tensor: EngineTensor, shape: readonly number[]): TensorflowTensor;
  dispose(tensor: EngineTensor): void;
  scope<Result>(work: (keep: (tensor: EngineTensor) => EngineTensor) => Result): Result;
  /** Frees every tensor. */
  close(): void;
}

let variables = 0;

export function createTensors(operations: Operations): Tensors {
  const { float } = operations;
  const scopes: Set<Block>[] = [];
  const all = new Set<Block>();

  const own = (tensor: EngineTensor): TensorflowTensor => {
    if (!(tensor instanceof TensorflowTensor) || tensor.block.owner !== operations) {
      throw new Error('this tensor belongs to another engine');
    }
    if (!tensor.block.live)
      throw new Error(`a tensor of shape [${tensor.shape.join(', ')}] is used after it was freed`);
    return tensor;
  };
  const dropValue = (block: Block) => {
    operations.free(...block.views.values(), ...(block.value === undefined ? [] : [block.value]));
    block.views.clear();
    block.value = undefined;
  };
  const release = (block: Block) => {
    if (!block.live) return;
    block.live = false;
    dropValue(block);
    if (block.variable !== undefined) {
      operations.runMany('DestroyResourceOp', 0, {}, [block.variable]);
      operations.free(block.variable);
    }
    all.delete(block);
    for (const scope of scopes) scope.delete(block);
  };
  /** Values belong to their block, not to the frame in which they happen to be made. */
  const outlive = (make: () => number) => operations.frame((keep) => keep(make()));
  const valueOf = (block: Block): number => {
    const { variable } = block;
    if (block.value === undefined && variable !== undefined) {
      block.value = outlive(() => operations.run('ReadVariableOp', { dtype: float }, variable));
    }
    if (block.value === undefined) throw new Error('a tensor without a value');
    return block.value;
  };
  const assign = (variable: number, id: number) => {
    operations.runMany('AssignVariableOp', 0, { dtype: float }, [variable, id]);
  };

  return {
    operations,
    adopt(id, shape, lasting) {
      const block = { owner: operations, shape, value: id, variable: undefined, views: new Map(), live: true };
      all.add(block);
      if (!lasting) scopes.at(-1)?.add(block);
      return new TensorflowTensor([...shape], block);
    },
    at(tensor) {
      const { shape, block } = own(tensor);
      const value = valueOf(block);
      const name = shape.join();
      if (name === block.shape.join()) return value;
      const view = block.views.get(name) ?? outlive(() => reshape(operations, value, shape));
      block.views.set(name, view);
      return view;
    },
    set(tensor, id) {
      const { block } = own(tensor);
      dropValue(block);
      if (block.variable === undefined) block.value = id;
      else {
        assign(block.variable, id);
        operations.free(id);
      }
    },
    variable(tensor) {
      const { block } = own(tensor);
      if (block.variable === undefined) {
        const name = `pipe ${process.pid} ${variables++}`;
        const attributes = { container: '', shared_name: name, dtype: float, shape: { shape: block.shape } };
        const variable = outlive(() => operations.run('VarHandleOp', attributes));
        assign(variable, valueOf(block));
        block.variable = variable;
      }
      // The variable is changed in place only when nobody else holds its value.
      dropValue(block);
      return block.variable;
    },
    reshape(tensor, shape) {
      const { block } = own(tensor);
      const size = sizeOf(block.shape);
      if (sizeOf(shape) !== size) throw new Error(`cannot see ${size} numbers as [${shape.join(', ')}]`);
      return new TensorflowTensor([...shape], block);
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
    close() {
      for (const block of all) release(block);
    },
  };
}
