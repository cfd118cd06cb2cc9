import type { LstmParameters } from '../../stage/engine.ts';
import { columnSums, matrixProduct } from './dense.ts';
import { reshape, type Operations } from './operations.ts';
import type { TensorflowTensor, Tensors } from './tensors.ts';

export interface LstmSize {
  readonly steps: number;
  readonly samples: number;
  readonly features: number;
  readonly units: number;
}

/** What one direction gives, [steps, n, units] each, in the order of its own steps. */
export interface LstmRun {
  readonly output: TensorflowTensor;
  /** Input gate, cell, forget gate, output gate, candidate, tanh of the cell: in TensorFlow's order. */
  readonly saved: readonly TensorflowTensor[];
}

/** Runs one direction over `x`, [steps, n, features]. */
export function runLstm(
  tensors: Tensors,
  x: number,
  size: LstmSize,
  { input, recurrent, bias }: LstmParameters,
  keep: (id: number) => number,
): LstmRun {
  const { operations } = tensors;
  const { run, runMany, floats, integers, long, float, integer } = operations;
  const { steps, samples, units } = size;
  const weights = [tensors.at(input), tensors.at(recurrent), integers([0], [])];
  const both = run('ConcatV2', { T: float, N: 2, Tidx: integer }, ...weights);
  const state = floats([samples, units]);
  const peephole = floats([units]);
  const attributes = { T: float, cell_clip: { float: 0 }, use_peephole: false };
  const inputs = [long(steps), x, state, state, both, peephole, peephole, peephole, tensors.at(bias)];
  const shape = [steps, samples, units];
  const results = runMany('BlockLSTMV2', 7, attributes, inputs).map((id) => tensors.adopt(keep(id), shape));
  const [output, ...saved] = [...results.slice(6), ...results.slice(0, 6)];
  if (!output) throw new Error('an LSTM without an output');
  return { output, saved };
}

/** Ids of the gradients by the parameters, and by the gates before their activation, [steps * n, 4 units]. */
export interface LstmGradients {
  readonly input: number;
  readonly recurrent: number;
  readonly bias: number;
  readonly gates: number;
}

/**
 * The gradients of one direction, from what the loss's gradient by its output is, [steps, n, units], in order of time.
 * `x`: [steps * n, features], in order of time. TensorFlow's own `BlockLSTMGradV2` adds to the gradient by the weights at
 * every step and takes three times as long: here the steps give the gradient by the gates, and one product the weights'.
 */
export function lstmGradient(
  tensors: Tensors,
  x: number,
  size: LstmSize,
  parameters: LstmParameters,
  direction: LstmRun,
  outputGradient: number,
  reversed: boolean,
): LstmGradients {
  const { operations } = tensors;
  const { steps, samples, units } = size;
  const inOrder = (ids: number[]): number[] => (reversed ? ids.reverse() : ids);
  const outputs = unstack(operations, tensors.at(direction.output), steps);
  const gradients = inOrder(unstack(operations, outputGradient, steps));
  const perStep = gateGradients(tensors, size, parameters, direction, gradients);
  const gates = fromLibraryOrder(operations, stack(operations, inOrder(perStep)), [steps * samples, 4 * units]);
  const earlier = inOrder([operations.floats([samples, units]), ...outputs.slice(0, -1)]);
  const states = reshape(operations, stack(operations, earlier), [steps * samples, units]);
  return {
    gates,
    input: matrixProduct(operations, x, gates, 'first'),
    recurrent: matrixProduct(operations, states, gates, 'first'),
    bias: columnSums(operations, gates),
  };
}

/** By the gates of each step, [n, 4 units] in the order of `LSTMBlockCellGrad`. */
function gateGradients(
  tensors: Tensors,
  { steps, samples, units }: LstmSize,
  { recurrent, bias }: LstmParameters,
  { saved }: LstmRun,
  outputGradients: readonly number[],
): number[] {
  const { operations } = tensors;
  const { run, runMany, floats, float } = operations;
  const values = saved.map((one) => unstack(operations, tensors.at(one), steps));
  const zeros = floats([samples, units]);
  const peephole = floats([units]);
  // Only the shapes of the input, the state and the weights matter; an input of one feature makes them fit.
  const [x, weights] = [floats([samples, 1]), floats([units + 1, 4 * units])];
  const backwards = fromLibraryOrder(operations, tensors.at(recurrent), recurrent.shape);
  const result: number[] = [];
  let [hidden, cell] = [zeros, zeros];
  for (let step = steps - 1; step >= 0; step--) {
    const outputGradient = outputGradients[step] ?? 0;
    const total = step === steps - 1 ? outputGradient : run('AddV2', { T: float }, outputGradient, hidden);
    const earlierCell = step === 0 ? zeros : (values[1]?.[step - 1] ?? 0);
    const [earlier = 0, gates = 0] = runMany('LSTMBlockCellGrad', 5, { T: float, use_peephole: false }, [
      ...[x, earlierCell, zeros, weights, peephole, peephole, peephole, tensors.at(bias)],
      ...values.map((ofSteps) => ofSteps[step] ?? 0),
      cell,
      total,
    ]);
    result.unshift(gates);
    cell = earlier;
    if (step > 0) hidden = matrixProduct(operations, gates, backwards, 'second');
  }
  return result;
}

/**
 * `LSTMBlockCellGrad` has the gates in the order input, cell, forget, output, unlike `BlockLSTMV2` and ours. Swaps the two
 * in the middle, which is its own inverse.
 */
function fromLibraryOrder(operations: Operations, id: number, shape: readonly number[]): number {
  const { run, integers, float, integer } = operations;
  const [rows = 0, columns = 0] = shape;
  const split = reshape(operations, id, [rows, 4, columns / 4]);
  const attributes = { Tparams: float, Tindices: integer, Taxis: integer, batch_dims: 0 };
  return reshape(operations, run('GatherV2', attributes, split, integers([0, 2, 1, 3]), integers([1], [])), shape);
}

function unstack({ runMany, float }: Operations, id: number, steps: number): number[] {
  return runMany('Unpack', steps, { T: float, num: steps, axis: 0 }, [id]);
}

function stack({ run, float }: Operations, ids: readonly number[]): number {
  return run('Pack', { T: float, N: ids.length, axis: 0 }, ...ids);
}
