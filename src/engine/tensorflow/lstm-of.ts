import process from 'node:process';
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
    if (chosen === undefined) {
      const fault = differenceOf(tensors, general, fused);
      // To the log of the task.
      if (fault !== undefined) process.stderr.write(`cuDNN's LSTM is not used: ${fault}\n`);
      chosen = fault === undefined ? fused : general;
    }
    return chosen(...parameters);
  };
}

/** Why another LSTM cannot take the place of one. Throws where it might at another time, as it lacks memory now. */
function differenceOf(tensors: Tensors, one: Lstm, other: Lstm): string | undefined {
  const expected = tensors.scope(() => tryOut(tensors, one));
  let found: readonly Float32Array[];
  try {
    found = tensors.scope(() => tryOut(tensors, other));
  } catch (error) {
    // The next process would choose otherwise, with other bits under the same key.
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
