import type { EngineTensor } from '../../stage/engine.ts';
import { reshape, type Attributes, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

export interface Pooled {
  readonly output: number;
  readonly shape: readonly number[];
  /** What the gradient needs. */
  readonly saved: readonly number[];
  /** `x` and `y` may be any tensors of the shapes of the input and the output where `saved` says where the maxima are. */
  gradient(outputGradient: number, saved: readonly number[], x: number, y: number): number;
}

/** Max-pooling of `normal`, which has as many numbers as `x` and is seen in its shape. */
export function maxPool(tensors: Tensors, normal: number, x: EngineTensor, pool: readonly number[]): Pooled {
  const { operations } = tensors;
  const { float } = operations;
  const spatial = x.shape.slice(1, -1);
  if (pool.length !== spatial.length) throw new Error(`${pool.length} pool sizes for ${spatial.length} spatial axes`);
  const shape = [
    x.shape[0] ?? 0,
    ...spatial.map((length, axis) => Math.floor(length / (pool[axis] ?? 1))),
    x.shape.at(-1) ?? 0,
  ];
  const flat = spatial.length === 2;
  const input = flat ? normal : reshape(operations, normal, x.shape);
  if (pool.every((length) => length === 1)) {
    return { output: input, shape, saved: [], gradient: (outputGradient) => outputGradient };
  }
  const window = [1, ...pool, 1];
  const attributes = {
    T: float,
    ksize: window,
    strides: window,
    padding: 'VALID',
    data_format: flat ? 'NHWC' : 'NDHWC',
  };
  const suffix = flat ? '' : '3D';
  const quick = quickPool(operations, suffix, attributes, input);
  if (quick) {
    const { output, places, remembering } = quick;
    return {
      output,
      shape,
      saved: [places],
      gradient: (outputGradient, [held = 0], sameAsX, sameAsY) =>
        operations.run(`_MklNativeMaxPool${suffix}Grad`, remembering, sameAsX, sameAsY, outputGradient, held),
    };
  }
  const output = operations.run(`MaxPool${suffix}`, attributes, input);
  const backward = flat ? attributes : { ...attributes, TInput: float };
  return {
    output,
    shape,
    saved: [input, output],
    gradient: (outputGradient, [held = 0, heldOutput = 0]) =>
      operations.run(`MaxPool${suffix}Grad`, backward, held, heldOutput, outputGradient),
  };
}

const withoutQuickPool = new WeakSet<Operations>();

/**
 * oneDNN's kernel, which remembers where the maxima are: its gradient takes a tenth of the time of `MaxPoolGrad`, which
 * looks for them again. On a GPU it would run on the processor, with copies there and back; it is not there on processors
 * without oneDNN, and where oneDNN is turned off.
 */
function quickPool(operations: Operations, suffix: string, attributes: Attributes, input: number) {
  if (operations.binding.isUsingGpuDevice() || withoutQuickPool.has(operations)) return undefined;
  const remembering = { ...attributes, workspace_enabled: true, _kernel: 'MklNameChangeOp' };
  try {
    const [output = 0, places = 0] = operations.runMany(`_MklNativeMaxPool${suffix}`, 2, remembering, [input]);
    return { output, places, remembering };
  } catch {
    withoutQuickPool.add(operations);
    return undefined;
  }
}
