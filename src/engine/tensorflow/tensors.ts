import type { EngineTensor } from '../../stage/engine.ts';
import { createTensorBlocks, type TensorBlocks } from '../tensor-blocks.ts';
import { reshape, type Operations } from './operations.ts';

/** The value that one tensor and its reshaped views share. TensorFlow's tensors do not change: a new one takes its place. */
interface Value {
  readonly shape: readonly number[];
  /** Its id; none while it must be read from `variable`. */
  id: number | undefined;
  /** TensorFlow's variable, for what an optimiser changes in place. */
  variable: number | undefined;
  /** Ids of the value under other shapes. */
  readonly views: Map<string, number>;
}

/** Tensors with TensorFlow's values. */
export interface Tensors extends Pick<TensorBlocks<Value>, 'reshape' | 'dispose' | 'scope' | 'close'> {
  readonly operations: Operations;
  /** The tensor with the value `id`, which it owns from now on; scopes do not free one that is `lasting`. */
  adopt(id: number, shape: readonly number[], lasting?: 'lasting'): EngineTensor;
  /** The id of a tensor's value. Throws when it was disposed of. */
  at(tensor: EngineTensor): number;
  /** Gives a tensor another value of its shape. */
  set(tensor: EngineTensor, id: number): void;
  /** The id of the variable that a tensor is from now on; its value must not be held meanwhile. */
  variable(tensor: EngineTensor): number;
}

let variables = 0;

export function createTensors(operations: Operations): Tensors {
  const { float } = operations;
  const dropValue = (value: Value) => {
    operations.free(...value.views.values(), ...(value.id === undefined ? [] : [value.id]));
    value.views.clear();
    value.id = undefined;
  };
  const blocks = createTensorBlocks<Value>((value) => {
    dropValue(value);
    if (value.variable === undefined) return;
    operations.runMany('DestroyResourceOp', 0, {}, [value.variable]);
    operations.free(value.variable);
  });
  /** Ids belong to their value, not to the frame in which they happen to be made. */
  const outlive = (make: () => number) => operations.frame((keep) => keep(make()));
  const idOf = (value: Value): number => {
    const { variable } = value;
    if (value.id === undefined && variable !== undefined) {
      value.id = outlive(() => operations.run('ReadVariableOp', { dtype: float }, variable));
    }
    if (value.id === undefined) throw new Error('a tensor without a value');
    return value.id;
  };
  const assign = (variable: number, id: number) => {
    operations.runMany('AssignVariableOp', 0, { dtype: float }, [variable, id]);
  };

  return {
    reshape: blocks.reshape,
    dispose: blocks.dispose,
    scope: blocks.scope,
    close: blocks.close,
    operations,
    adopt: (id, shape, lasting) => blocks.adopt({ shape, id, variable: undefined, views: new Map() }, shape, lasting),
    at(tensor) {
      const value = blocks.memoryOf(tensor);
      const id = idOf(value);
      const name = tensor.shape.join();
      if (name === value.shape.join()) return id;
      const view = value.views.get(name) ?? outlive(() => reshape(operations, id, tensor.shape));
      value.views.set(name, view);
      return view;
    },
    set(tensor, id) {
      const value = blocks.memoryOf(tensor);
      dropValue(value);
      if (value.variable === undefined) value.id = id;
      else {
        assign(value.variable, id);
        operations.free(id);
      }
    },
    variable(tensor) {
      const value = blocks.memoryOf(tensor);
      if (value.variable === undefined) {
        const name = `pipe ${process.pid} ${variables++}`;
        const attributes = { container: '', shared_name: name, dtype: float, shape: { shape: value.shape } };
        const variable = outlive(() => operations.run('VarHandleOp', attributes));
        assign(variable, idOf(value));
        value.variable = variable;
      }
      // The variable is changed in place only when nobody else holds its value.
      dropValue(value);
      return value.variable;
    },
  };
}
