import type { BidirectionalLstmGradients, Differentiable, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { matrixProduct } from './dense.ts';
import { lstmGradient, runLstm } from './lstm-direction.ts';
import { reshape, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

/** Inside, steps come before samples, as TensorFlow's LSTM has them, and the backward direction's steps are reversed. */
export function bidirectionalLstm(
  tensors: Tensors,
  x: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): Differentiable<BidirectionalLstmGradients> {
  const { operations } = tensors;
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const units = forward.recurrent.shape[0] ?? 0;
  const size = { steps, samples, features, units };
  return operations.frame((keep) => {
    const inTime = swapAxes(operations, tensors.at(x));
    const rows = tensors.adopt(keep(reshape(operations, inTime, [steps * samples, features])), [
      steps * samples,
      features,
    ]);
    const directions = [
      runLstm(tensors, inTime, size, forward, keep),
      runLstm(tensors, reverse(operations, inTime), size, backward, keep),
    ] as const;
    const outputs = [tensors.at(directions[0].output), reverse(operations, tensors.at(directions[1].output))];
    const output = swapAxes(operations, concatenate(operations, outputs));
    return {
      output: tensors.adopt(keep(output), [samples, steps, 2 * units]),
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const [first = 0, second = 0] = halves(operations, swapAxes(operations, tensors.at(outputGradient)));
          const ids = [
            lstmGradient(tensors, tensors.at(rows), size, forward, directions[0], first, false),
            lstmGradient(tensors, tensors.at(rows), size, backward, directions[1], second, true),
          ] as const;
          const adopt = (parameters: LstmParameters, from: (typeof ids)[number]): LstmParameters => ({
            input: tensors.adopt(hold(from.input), parameters.input.shape),
            recurrent: tensors.adopt(hold(from.recurrent), parameters.recurrent.shape),
            bias: tensors.adopt(hold(from.bias), parameters.bias.shape),
          });
          const parts = ids.map(({ gates }, index) =>
            matrixProduct(operations, gates, tensors.at((index === 0 ? forward : backward).input), 'second'),
          );
          const sum = operations.run('AddV2', { T: operations.float }, ...parts);
          const input = swapAxes(operations, reshape(operations, sum, [steps, samples, features]));
          return {
            input: tensors.adopt(hold(input), x.shape),
            forward: adopt(forward, ids[0]),
            backward: adopt(backward, ids[1]),
          };
        }),
    };
  });
}

/** [n, steps, features] to [steps, n, features], and back. */
function swapAxes({ run, integers, float, integer }: Operations, id: number): number {
  return run('Transpose', { T: float, Tperm: integer }, id, integers([1, 0, 2]));
}

function reverse({ run, integers, float, integer }: Operations, id: number): number {
  return run('ReverseV2', { T: float, Tidx: integer }, id, integers([0]));
}

function concatenate({ run, integers, float, integer }: Operations, ids: readonly number[]): number {
  return run('ConcatV2', { T: float, N: ids.length, Tidx: integer }, ...ids, integers([2], []));
}

function halves({ runMany, integers, float }: Operations, id: number): number[] {
  return runMany('Split', 2, { T: float, num_split: 2 }, [integers([2], []), id]);
}
