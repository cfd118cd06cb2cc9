import { sizeOf } from '../shape.ts';
import type { Attribute, Binding } from './binding.ts';
import { countGarbage } from './garbage.ts';

type AttributeValue =
  | boolean
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly type: number }
  | { readonly shape: readonly number[] };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** TensorFlow's operations by name, on ids of its tensors, and the frames that free them. */
export interface Operations {
  readonly binding: Binding;
  /** For attributes: the types of TensorFlow. */
  readonly float: { readonly type: number };
  readonly integer: { readonly type: number };
  /** Runs an operation with one result. */
  run(name: string, attributes: Attributes, ...inputs: number[]): number;
  /** Runs an operation with so many results. */
  runMany(name: string, count: number, attributes: Attributes, inputs: readonly number[]): number[];
  /** `values` must not change afterwards. */
  floats(shape: readonly number[], values?: Float32Array): number;
  integers(values: readonly number[], shape?: readonly number[]): number;
  /** A copy of its values. */
  read(id: number): Float32Array;
  /** A scalar of 64 bits. */
  long(value: number): number;
  /** Frees everything made in `work` but what is passed to `keep`. */
  frame<Result>(work: (keep: (id: number) => number) => Result): Result;
  /** Frees one before its frame ends. */
  free(...ids: number[]): void;
}

export function createOperations(binding: Binding): Operations {
  const frames: Set<number>[] = [];
  const float = { type: binding.TF_FLOAT };
  const integer = { type: binding.TF_INT32 };
  const made = (id: number): number => {
    frames.at(-1)?.add(id);
    return id;
  };
  const runMany: Operations['runMany'] = (name, count, attributes, inputs) =>
    binding.executeOp(name, encode(binding, attributes), inputs, count).map(({ id }) => made(id));
  const free = (...ids: number[]) => {
    for (const id of ids) {
      for (const frame of frames) frame.delete(id);
      binding.deleteTensor(id);
    }
  };
  return {
    binding,
    float,
    integer,
    runMany,
    free,
    run(name, attributes, ...inputs) {
      const [id] = runMany(name, 1, attributes, inputs);
      if (id === undefined) throw new Error(`${name} has no result`);
      return id;
    },
    floats: (shape, values) => made(binding.createTensor(shape, binding.TF_FLOAT, values ?? zeros(shape))),
    integers: (values, shape = [values.length]) =>
      made(binding.createTensor(shape, binding.TF_INT32, Int32Array.from(values))),
    read(id) {
      const values = binding.tensorDataSync(id);
      if (!(values instanceof Float32Array)) throw new Error('a tensor of other numbers than floats');
      countGarbage(values.byteLength);
      return values;
    },
    long: (value) => made(binding.createTensor([], binding.TF_INT64, Int32Array.of(value, 0))),
    frame(work) {
      const frame = new Set<number>();
      frames.push(frame);
      try {
        return work((id) => {
          frame.delete(id);
          return id;
        });
      } finally {
        free(...frame);
        frames.pop();
      }
    },
  };
}

/** The same numbers under another shape of the same size. */
export function reshape({ run, integers, float, integer }: Operations, id: number, shape: readonly number[]): number {
  return run('Reshape', { T: float, Tshape: integer }, id, integers(shape));
}

/** The axes in another order. */
export function transpose(operations: Operations, id: number, order: readonly number[]): number {
  const { run, integers, float, integer } = operations;
  return run('Transpose', { T: float, Tperm: integer }, id, integers(order));
}

/** Joined along an axis. */
export function concatenate(operations: Operations, ids: readonly number[], axis: number): number {
  const { run, integers, float, integer } = operations;
  return run('ConcatV2', { T: float, N: ids.length, Tidx: integer }, ...ids, integers([axis], []));
}

function zeros(shape: readonly number[]): Float32Array {
  return new Float32Array(sizeOf(shape));
}

function encode(binding: Binding, attributes: Attributes): Attribute[] {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === 'boolean') return { name, type: binding.TF_ATTR_BOOL, value };
    if (typeof value === 'string') return { name, type: binding.TF_ATTR_STRING, value };
    if (typeof value === 'number') return { name, type: binding.TF_ATTR_INT, value };
    if ('float' in value) return { name, type: binding.TF_ATTR_FLOAT, value: value.float };
    if ('type' in value) return { name, type: binding.TF_ATTR_TYPE, value: value.type };
    if ('shape' in value) return { name, type: binding.TF_ATTR_SHAPE, value: value.shape };
    return { name, type: binding.TF_ATTR_INT, value };
  });
}
