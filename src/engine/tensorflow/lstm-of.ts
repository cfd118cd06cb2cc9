import type { Engine, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { cudnnLstm } from './cudnn-lstm.ts';
import { bidirectionalLstm } from './lstm.ts';
import type { Tensors } from './tensors.ts';

type Lstm = Engine['bidirectionalLstm'];

/** As a share of the largest value; float32 by other sums. */
const tolerance = 1e-4;

/** cuDNN's LSTM where there is a GPU on which it gives what TensorFlow's general operations give, or else those. */
export function lstmOf(tensors: Tensors): Lstm {
  const general: Lstm = (x, forward, backward) => bidirectionalLstm(tensors, x, forward, backward);
  if (!tensors.operations.binding.isUsingGpuDevice()) return general;
  const fused: Lstm = (x, forward, backward) => cudnnLstm(tensors, x, forward, backward);
  let chosen: Lstm | undefined;
  return (...parameters) => {
    chosen ??= agree(tensors, general, fused) ? fused : general;
    return chosen(...parameters);
  };
}

function agree(tensors: Tensors, one: Lstm, other: Lstm): boolean {
  let results: (readonly Float32Array[])[];
  try {
    results = [one, other].map((lstm) => tensors.scope(() => tryOut(tensors, lstm)));
  } catch {
    return false;
  }
  const [expected = [], found = []] = results;
  return expected.every((values, index) => {
    const scale = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    return values.every((value, at) => Math.abs(value - (found[index]?.[at] ?? NaN)) <= tolerance * scale);
  });
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
