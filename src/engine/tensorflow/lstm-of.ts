import type { Engine, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { cudnnLstm } from './cudnn-lstm.ts';
import { bidirectionalLstm } from './lstm.ts';
import type { Tensors } from './tensors.ts';

type Lstm = Engine['bidirectionalLstm'];

/** As a share of the largest value; float32 by other sums. */
const tolerance = 1e-4;

/** By what an LSTM is computed: cuDNN's own kernel, or TensorFlow's general operations. Their bits differ. */
export type LstmKind = 'cudnn' | 'general';

export interface LstmChoice {
  readonly kind: LstmKind;
  /** Why it is not cuDNN's, on a GPU. */
  readonly fault?: string;
}

export function lstmOf(tensors: Tensors, kind: LstmKind): Lstm {
  const compute = kind === 'cudnn' ? cudnnLstm : bidirectionalLstm;
  return (x, forward, backward) => compute(tensors, x, forward, backward);
}

/**
 * cuDNN's LSTM where there is a GPU on which it gives what TensorFlow's general operations give, or else those. To be asked when the
 * engine is installed, and kept: a crowded GPU may refuse cuDNN today and not tomorrow.
 */
export function chooseLstm(tensors: Tensors): LstmChoice {
  if (!tensors.operations.binding.isUsingGpuDevice()) return { kind: 'general' };
  const fault = differenceOf(tensors, lstmOf(tensors, 'general'), lstmOf(tensors, 'cudnn'));
  return fault === undefined ? { kind: 'cudnn' } : { kind: 'general', fault };
}

/** Why another LSTM cannot take the place of one. Throws where it lacks memory: it might at another time. */
function differenceOf(tensors: Tensors, one: Lstm, other: Lstm): string | undefined {
  const expected = tensors.scope(() => tryOut(tensors, one));
  let found: readonly Float32Array[];
  try {
    found = tensors.scope(() => tryOut(tensors, other));
  } catch (error) {
    if (/memory|oom|resource.?exhausted|failed to allocate/i.test(String(error))) throw error;
    return String(error);
  }
  const agrees = expected.every((values, index) => {
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    return values.every((value, at) => Math.abs(value - (found[index]?.[at] ?? NaN)) <= tolerance * scale);
  });
  return agrees ? undefined : 'it gives other numbers than the general operations';
}

/** Output and gradients on a few made-up numbers, all sizes different. */
function tryOut({ operations, adopt, at }: Tensors, lstm: Lstm): Float32Array[] {
  const [samples, steps, features, units] = [2, 5, 3, 4];
  let count = 0;
  const made = (...shape: number[]): EngineTensor => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => Math.sin(++count));
    return operations.frame((keep) => adopt(keep(operations.floats(shape, values)), shape));
  };
  const parameters = (): LstmParameters => ({
    input: made(features, 4 * units),
    recurrent: made(units, 4 * units),
    bias: made(4 * units),
  });
  const { output, gradient } = lstm(made(samples, steps, features), parameters(), parameters());
  const { input, forward, backward } = gradient(made(samples, steps, 2 * units));
  const gradients = [forward, backward].flatMap((of) => [of.input, of.recurrent, of.bias]);
  return [output, input, ...gradients].map((tensor) => operations.read(at(tensor)));
}
