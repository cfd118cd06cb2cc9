import { expect } from 'vitest';
import type { Binding } from '../../src/engine/tensorflow/binding.ts';

type Numbers = Float64Array;
interface Layer {
  readonly units: number;
  readonly features: number;
}
interface Direction {
  /** Of the input's and then of the state's four gates, rows of [units, features] and of [units, units]. */
  readonly weights: readonly Numbers[];
  readonly biases: readonly Numbers[];
}

/**
 * TensorFlow's library with a stand-in for its operations on cuDNN, which need a GPU: the equations of NVIDIA's
 * documentation of `cudnnRNNForward` in float64, gradients by central differences, parameters packed in a way of its own.
 * `gates`: the place of each of the documented gates (input, forget, cell, output) among those that it takes.
 */
export function emulateCudnn(binding: Binding, gates: readonly number[] = [0, 1, 2, 3]): Binding {
  const layers = new Map<number, Layer>();
  const read = (id: number) => Float64Array.from(binding.tensorDataSync(id));
  const make = (values: ArrayLike<number>, shape: readonly number[] = [values.length]) => ({
    id: binding.createTensor(shape, binding.TF_FLOAT, Float32Array.from(values)),
  });
  const operations: Readonly<Record<string, (inputs: readonly number[], attribute: Attributes) => { id: number }[]>> = {
    CudnnRNNCanonicalToParamsV2([count = 0, units = 0, features = 0, ...parameters], attribute) {
      expectLayer(attribute);
      expect([attribute('num_params_weights'), attribute('num_params_biases'), read(count)[0]]).toEqual([16, 16, 1]);
      const packed = make(
        parameters
          .map(read)
          .toReversed()
          .flatMap((values) => [NaN, ...values]),
      );
      layers.set(packed.id, { units: read(units)[0] ?? 0, features: read(features)[0] ?? 0 });
      return [packed];
    },
    CudnnRNNParamsToCanonical([, units = 0, features = 0, packed = 0], attribute) {
      expectLayer(attribute, 'none');
      expect(attribute('num_params')).toBe(16);
      const layer = { units: read(units)[0] ?? 0, features: read(features)[0] ?? 0 };
      const values = read(packed);
      return regions(layer).map(({ from, size, columns }) =>
        make(values.subarray(from, from + size), columns === 0 ? [size] : [size / columns, columns]),
      );
    },
    CudnnRNNV3([x = 0, state = 0, cell = 0, packed = 0, lengths = 0], attribute) {
      expectLayer(attribute);
      expect([attribute('is_training'), attribute('time_major')]).toEqual([true, false]);
      expect([...read(state), ...read(cell)].every((value) => value === 0)).toBe(true);
      const layer = layers.get(packed) ?? expect.fail('parameters that were not packed');
      const [samples, steps] = sizeOf(read(lengths));
      const output = run(read(x), read(packed), layer, samples, steps, gates);
      const ofState = [samples, 2, layer.units];
      const zeros = new Float64Array(2 * samples * layer.units);
      const reserved = { id: binding.createTensor([1], binding.TF_INT32, Int32Array.of(7)) };
      return [
        make(output, [samples, steps, 2 * layer.units]),
        make(zeros, ofState),
        make(zeros, ofState),
        make([5]),
        reserved,
      ];
    },
    CudnnRNNBackpropV3(inputs, attribute) {
      expectLayer(attribute);
      const [x = 0, , , packed = 0, lengths = 0, , , , gradient = 0, , , reserve = 0, reserved = 0] = inputs;
      expect([attribute('time_major'), inputs.length, read(reserve)[0], read(reserved)[0]]).toEqual([false, 13, 5, 7]);
      const layer = layers.get(packed) ?? expect.fail('parameters that were not packed');
      const [samples, steps] = sizeOf(read(lengths));
      const [values, parameters, byOutput] = [read(x), read(packed), read(gradient)];
      const loss = () =>
        run(values, parameters, layer, samples, steps, gates).reduce(
          (sum, h, at) => sum + h * (byOutput[at] ?? NaN),
          0,
        );
      const none = make([0]);
      return [
        make(differences(values, loss), [samples, steps, layer.features]),
        none,
        make([0]),
        make(differences(parameters, loss)),
      ];
    },
  };
  return replaceParts(binding, {
    isUsingGpuDevice: () => true,
    executeOp(name, attributes, inputs, outputs) {
      // As on a GPU under TF_DETERMINISTIC_OPS.
      if (name.endsWith('SoftmaxCrossEntropyWithLogits')) throw new Error(`${name} is not deterministic`);
      const emulated = operations[name];
      if (emulated === undefined) return binding.executeOp(name, attributes, inputs, outputs);
      // Name, attributes and inputs are right for TensorFlow, which lacks nothing but the GPU.
      expect(() => binding.executeOp(name, attributes, inputs, outputs)).toThrow('Could not find device for node');
      const results = emulated(inputs, (wanted) => attributes.find((one) => one.name === wanted)?.value);
      expect(results.length).toBe(outputs);
      return results;
    },
  });
}

/** The library but for some of its functions. */
export const replaceParts = (binding: Binding, parts: Partial<Binding>): Binding =>
  Object.create(binding, Object.getOwnPropertyDescriptors(parts)) as Binding;

type Attributes = (name: string) => unknown;

function expectLayer(attribute: Attributes, projection: 0 | 'none' = 0): void {
  const named = ['rnn_mode', 'input_mode', 'direction', 'dropout', 'num_proj'].map(attribute);
  expect(named).toEqual(['lstm', 'linear_input', 'bidirectional', 0, projection === 'none' ? undefined : 0]);
}

function sizeOf(lengths: Numbers): [samples: number, steps: number] {
  expect(new Set(lengths).size).toBe(1);
  return [lengths.length, lengths[0] ?? 0];
}

/** Where the weights of both directions, and then their biases, lie among the packed: the last first, each after a gap. */
function regions({ units, features }: Layer): { from: number; size: number; columns: number }[] {
  const ofDirection = [...Array<number>(4).fill(features), ...Array<number>(4).fill(units)];
  const columns = [...ofDirection, ...ofDirection, ...Array<number>(16).fill(0)];
  let end = columns.reduce((sum, count) => sum + 1 + units * Math.max(count, 1), 0);
  return columns.map((count) => {
    const size = units * Math.max(count, 1);
    end -= size + 1;
    return { from: end + 1, size, columns: count };
  });
}

/** [samples, steps, 2 units] from [samples, steps, features]. */
function run(
  x: Numbers,
  packed: Numbers,
  layer: Layer,
  samples: number,
  steps: number,
  gates: readonly number[],
): Numbers {
  const { units, features } = layer;
  const parts = regions(layer).map(({ from, size }) => packed.subarray(from, from + size));
  const directions = [0, 8].map((at) => ({ weights: parts.slice(at, at + 8), biases: parts.slice(16 + at, 24 + at) }));
  const output = new Float64Array(samples * steps * 2 * units);
  for (let sample = 0; sample < samples; sample++) {
    for (const [index, direction] of directions.entries()) {
      let [state, cell] = [new Float64Array(units), new Float64Array(units)];
      for (let count = 0; count < steps; count++) {
        const step = sample * steps + (index === 0 ? count : steps - 1 - count);
        [state, cell] = advance(direction, x.subarray(step * features, (step + 1) * features), state, cell, gates);
        output.set(state, (2 * step + index) * units);
      }
    }
  }
  return output;
}

function advance(
  { weights, biases }: Direction,
  x: Numbers,
  state: Numbers,
  cell: Numbers,
  gates: readonly number[],
): [state: Float64Array<ArrayBuffer>, cell: Float64Array<ArrayBuffer>] {
  const sum = (gate: number, unit: number) => {
    const at = gates[gate] ?? NaN;
    const product = (matrix: Numbers | undefined, by: Numbers) =>
      by.reduce((total, value, column) => total + value * (matrix?.[unit * by.length + column] ?? NaN), 0);
    const bias = (biases[at]?.[unit] ?? NaN) + (biases[at + 4]?.[unit] ?? NaN);
    return product(weights[at], x) + product(weights[at + 4], state) + bias;
  };
  const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));
  const next = cell.map((c, unit) => sigmoid(sum(1, unit)) * c + sigmoid(sum(0, unit)) * Math.tanh(sum(2, unit)));
  return [Float64Array.from(next, (c, unit) => sigmoid(sum(3, unit)) * Math.tanh(c)), Float64Array.from(next)];
}

/** The gradient of `loss` by each of `values`, which it reads. */
function differences(values: Numbers, loss: () => number): Numbers {
  const distance = 1e-5;
  return values.map((value, at) => {
    if (Number.isNaN(value)) return 0;
    const [above, below] = [value + distance, value - distance].map((moved) => {
      values[at] = moved;
      return loss();
    });
    values[at] = value;
    return ((above ?? NaN) - (below ?? NaN)) / (2 * distance);
  });
}
