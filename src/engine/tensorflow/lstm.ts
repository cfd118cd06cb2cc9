import type { BidirectionalLstmGradients, Differentiable, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { columnSums, matrixProduct } from './dense.ts';
import { gateGradients, runSteps, stack, swapMiddleGates, unstack, type LstmSize } from './lstm-steps.ts';
import { concatenate, reshape, transpose, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

/** The input is multiplied for all steps at once, and both directions take their steps together. */
export function bidirectionalLstm(
  tensors: Tensors,
  x: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): Differentiable<BidirectionalLstmGradients> {
  const { operations } = tensors;
  const [samples = 0, count = 0, features = 0] = x.shape;
  const size = { samples, steps: count, units: forward.recurrent.shape[0] ?? 0 };
  const directions = [forward, backward] as const;
  return operations.frame((keep) => {
    const rowShape = [count * samples, features];
    const inTime = reshape(operations, swapAxes(operations, tensors.at(x)), rowShape);
    const rows = tensors.adopt(keep(inTime), rowShape);
    const ofInput = directions.map(({ input, bias }) => {
      const product = matrixProduct(operations, inTime, tensors.at(input));
      return operations.run('BiasAdd', { T: operations.float, data_format: 'NHWC' }, product, tensors.at(bias));
    });
    const steps = runSteps(tensors, size, directions, joinDirections(operations, size, ofInput), keep);
    const outputs = steps.map((step) => tensors.at(step.output));
    const both = concatenate(operations, splitDirections(operations, size, outputs), 1);
    const inOrder = swapAxes(operations, reshape(operations, both, [count, samples, 2 * size.units]));
    return {
      output: tensors.adopt(keep(inOrder), [samples, count, 2 * size.units]),
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const byOutput = reshape(operations, swapAxes(operations, tensors.at(outputGradient)), [
            count * samples,
            2 * size.units,
          ]);
          const gradients = joinDirections(operations, size, halves(operations, byOutput));
          const perStep = gateGradients(tensors, size, directions, steps, gradients);
          const gates = splitDirections(operations, size, perStep).map((id) =>
            swapMiddleGates(operations, id, [count * samples, 4 * size.units]),
          );
          const start = operations.floats([2 * samples, size.units]);
          const before = [start, ...steps.slice(0, -1).map((step) => tensors.at(step.output))];
          const states = splitDirections(operations, size, before);
          const parametersOf = (index: 0 | 1): LstmParameters => {
            const [{ input, recurrent, bias }, byGates = 0, state = 0] = [
              directions[index],
              gates[index],
              states[index],
            ];
            const adopt = (id: number, like: EngineTensor) => tensors.adopt(hold(id), like.shape);
            return {
              input: adopt(matrixProduct(operations, tensors.at(rows), byGates, 'first'), input),
              recurrent: adopt(matrixProduct(operations, state, byGates, 'first'), recurrent),
              bias: adopt(columnSums(operations, byGates), bias),
            };
          };
          const parts = directions.map(({ input }, index) =>
            matrixProduct(operations, gates[index] ?? 0, tensors.at(input), 'second'),
          );
          const sum = operations.run('AddV2', { T: operations.float }, ...parts);
          const byInput = swapAxes(operations, reshape(operations, sum, [count, samples, features]));
          return {
            input: tensors.adopt(hold(byInput), x.shape),
            forward: parametersOf(0),
            backward: parametersOf(1),
          };
        }),
    };
  });
}

/** From rows of both directions in time, [steps * n, k] each, to the steps of both, [2 n, k] each. */
function joinDirections(operations: Operations, size: LstmSize, ids: readonly number[]): number[] {
  const { steps, samples } = size;
  const [first = 0, second = 0] = ids.map((id) => reshape(operations, id, [steps, samples, -1]));
  const both = stack(operations, [first, reverse(operations, second)], 1);
  return unstack(operations, reshape(operations, both, [steps, 2 * samples, -1]), steps, 0);
}

/** The other way round. */
function splitDirections(operations: Operations, size: LstmSize, ids: readonly number[]): number[] {
  const { steps, samples } = size;
  const both = reshape(operations, stack(operations, ids, 0), [steps, 2, samples, -1]);
  const [first = 0, second = 0] = unstack(operations, both, 2, 1);
  return [first, reverse(operations, second)].map((id) => reshape(operations, id, [steps * samples, -1]));
}

/** [n, steps, features] to [steps, n, features], and back. */
const swapAxes = (operations: Operations, id: number): number => transpose(operations, id, [1, 0, 2]);

function reverse({ run, integers, float, integer }: Operations, id: number): number {
  return run('ReverseV2', { T: float, Tidx: integer }, id, integers([0]));
}

function halves({ runMany, integers, float }: Operations, id: number): number[] {
  return runMany('Split', 2, { T: float, num_split: 2 }, [integers([1], []), id]);
}
