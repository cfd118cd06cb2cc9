import type { EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { reshape, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

export interface LstmSize {
  readonly steps: number;
  readonly samples: number;
  readonly units: number;
}

/** The parameters of the forward and of the backward direction. */
export type Directions = readonly [LstmParameters, LstmParameters];

/**
 * Values of one step of both directions, [2 n, units]: in each step the first n rows are of the forward direction, the
 * others of the backward one, which has come as far from the other end.
 */
export interface LstmStep {
  readonly output: EngineTensor;
  readonly cell: EngineTensor;
  /** In the order of `LSTMBlockCellGrad`: input gate, cell, forget gate, output gate, candidate, tanh of the cell. */
  readonly saved: readonly EngineTensor[];
}

/**
 * Runs the steps from what the input adds to the gates, [2 n, 4 units] each. TensorFlow's `BlockLSTMV2` takes as long as
 * this with one thread, but four times as long with two: it shares out pieces too small for that.
 */
export function runSteps(
  tensors: Tensors,
  size: LstmSize,
  directions: Directions,
  gatesOfInput: readonly number[],
  keep: (id: number) => number,
): LstmStep[] {
  const { operations } = tensors;
  const { run, runMany, integers, float } = operations;
  const shape = [2 * size.samples, size.units];
  const advance = stateProduct(tensors, size, directions, false);
  const axis = integers([1], []);
  const apply = (name: string, ...of: number[]) => run(name, { T: float }, ...of);
  const steps: LstmStep[] = [];
  for (const added of gatesOfInput) {
    const before = steps.at(-1);
    const gates = before ? apply('AddV2', added, advance(tensors.at(before.output))) : added;
    const [i = 0, f = 0, g = 0, o = 0] = runMany('Split', 4, { T: float, num_split: 4 }, [axis, gates]);
    const [input, forget, candidate, output] = [
      apply('Sigmoid', i),
      apply('Sigmoid', f),
      apply('Tanh', g),
      apply('Sigmoid', o),
    ];
    const fresh = apply('Mul', input, candidate);
    const cell = before ? apply('AddV2', fresh, apply('Mul', forget, tensors.at(before.cell))) : fresh;
    const squashed = apply('Tanh', cell);
    const adopt = (id: number) => tensors.adopt(keep(id), shape);
    const cellTensor = adopt(cell);
    steps.push({
      cell: cellTensor,
      output: adopt(apply('Mul', output, squashed)),
      saved: [adopt(input), cellTensor, ...[forget, output, candidate, squashed].map(adopt)],
    });
  }
  return steps;
}

/**
 * The loss's gradient by the gates before their activation, [2 n, 4 units] of each step, in the order of the gates of
 * `LSTMBlockCellGrad`, from its gradient by the outputs.
 */
export function gateGradients(
  tensors: Tensors,
  size: LstmSize,
  directions: Directions,
  steps: readonly LstmStep[],
  outputGradients: readonly number[],
): number[] {
  const { run, runMany, floats, float } = tensors.operations;
  const { samples, units } = size;
  const zeros = floats([2 * samples, units]);
  const peephole = floats([units]);
  // Only the shapes of input, state, weights and bias matter to the operation; an input of one feature makes them fit.
  const [x, weights, bias] = [floats([2 * samples, 1]), floats([units + 1, 4 * units]), floats([4 * units])];
  const retreat = stateProduct(tensors, size, directions, true);
  const result: number[] = [];
  let cell = zeros;
  for (let index = steps.length - 1; index >= 0; index--) {
    const later = result[0];
    const direct = outputGradients[index] ?? 0;
    const output = later === undefined ? direct : run('AddV2', { T: float }, direct, retreat(later));
    const before = steps[index - 1];
    const [earlierCell = 0, gates = 0] = runMany('LSTMBlockCellGrad', 5, { T: float, use_peephole: false }, [
      ...[x, before ? tensors.at(before.cell) : zeros, zeros, weights, peephole, peephole, peephole, bias],
      ...(steps[index]?.saved.map(tensors.at) ?? []),
      cell,
      output,
    ]);
    cell = earlierCell;
    result.unshift(gates);
  }
  return result;
}

/** Multiplies [2 n, units] by each direction's recurrent weights, or [2 n, 4 units] by them transposed. */
function stateProduct(tensors: Tensors, { samples, units }: LstmSize, directions: Directions, transposed: boolean) {
  const { operations } = tensors;
  const { run, integers, float, integer } = operations;
  const both = stack(
    operations,
    directions.map(({ recurrent }) => tensors.at(recurrent)),
    0,
  );
  const shape = [2 * units, 4 * units];
  const rows = transposed ? swapMiddleGates(operations, reshape(operations, both, shape), shape) : both;
  const weights = transposed ? reshape(operations, rows, [2, units, 4 * units]) : both;
  const [from, to] = transposed ? [4 * units, units] : [units, 4 * units];
  const [apart, together] = [integers([2, samples, from]), integers([2 * samples, to])];
  const view = { T: float, Tshape: integer };
  const product = { T: float, adj_x: false, adj_y: transposed };
  return (state: number): number =>
    run('Reshape', view, run('BatchMatMulV2', product, run('Reshape', view, state, apart), weights), together);
}

/** `LSTMBlockCellGrad` has the gates in the order input, cell, forget, output: swaps the two in the middle, [rows, 4 units]. */
export function swapMiddleGates(operations: Operations, id: number, shape: readonly number[]): number {
  const { run, integers, float, integer } = operations;
  const [rows = 0, columns = 0] = shape;
  const split = reshape(operations, id, [rows, 4, columns / 4]);
  const attributes = { Tparams: float, Tindices: integer, Taxis: integer, batch_dims: 0 };
  return reshape(operations, run('GatherV2', attributes, split, integers([0, 2, 1, 3]), integers([1], [])), shape);
}

export function stack({ run, float }: Operations, ids: readonly number[], axis: number): number {
  return run('Pack', { T: float, N: ids.length, axis }, ...ids);
}

export function unstack({ runMany, float }: Operations, id: number, count: number, axis: number): number[] {
  return runMany('Unpack', count, { T: float, num: count, axis }, [id]);
}
