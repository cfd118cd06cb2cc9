import type { BidirectionalLstmGradients, Differentiable, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { dense, matrixGradients } from './dense.ts';
import type { Kernels } from './kernels.ts';

export function bidirectionalLstm(
  arena: Arena,
  kernels: Kernels,
  x: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): Differentiable<BidirectionalLstmGradients> {
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const units = forward.recurrent.shape[0] ?? 0;
  const rows = arena.reshape(x, [samples * steps, features]);
  const output = arena.make([samples, steps, 2 * units]);
  const directions = [forward, backward].map((parameters, index) =>
    runDirection(arena, kernels, rows, { samples, steps, units, index, parameters, output }),
  );
  return {
    output,
    gradient(outputGradient) {
      const input = arena.make(x.shape);
      const [forwardGradients, backwardGradients] = directions.map((direction) => direction(outputGradient, input));
      if (!forwardGradients || !backwardGradients) throw new Error('two directions');
      return { input, forward: forwardGradients, backward: backwardGradients };
    },
  };
}

interface Direction {
  readonly samples: number;
  readonly steps: number;
  readonly units: number;
  /** 0 forward, 1 backward. */
  readonly index: number;
  readonly parameters: LstmParameters;
  /** Of both directions. */
  readonly output: EngineTensor;
}

/** Computes one direction. The function that comes back gives its gradients, and sets or adds to the input's. */
function runDirection(arena: Arena, kernels: Kernels, x: EngineTensor, direction: Direction) {
  const { samples, steps, units, index, parameters, output } = direction;
  const gates = dense(arena, kernels, x, parameters.input, parameters.bias);
  const cells = arena.make([steps, samples, units]);
  const outStep = 8 * units;
  const own = 4 * units * index;
  arena.withScratch([4 * units * (4 * units + 8)], (packed = 0) => {
    kernels.pack(arena.at(parameters.recurrent), 16 * units, units, 4 * units, packed);
    const to = [arena.at(cells), arena.at(output) + own];
    kernels.lstm(arena.at(gates), samples, steps, units, packed, ...to, outStep, index);
  });
  return (outputGradient: EngineTensor, inputGradient: EngineTensor): LstmParameters => {
    const state = 4 * samples * units;
    arena.withScratch([16 * units * (units + 8), state, state], (packed = 0, hidden = 0, cell = 0) => {
      kernels.packTransposed(arena.at(parameters.recurrent), 16 * units, 4 * units, units, packed);
      const from = [arena.at(cells), arena.at(outputGradient) + own];
      kernels.lstmGradient(arena.at(gates), samples, steps, units, packed, ...from, outStep, index, hidden, cell);
    });
    const gradients = matrixGradients(arena, kernels, x, parameters.input, gates, inputGradient, index === 1);
    return {
      input: gradients.weights,
      recurrent: recurrentGradient(arena, kernels, direction, gates),
      bias: gradients.bias,
    };
  };
}

/** sum over samples and steps of (earlier output) (gate gradient)^T */
function recurrentGradient(arena: Arena, kernels: Kernels, direction: Direction, gates: EngineTensor): EngineTensor {
  const { samples, steps, units, index, output } = direction;
  const result = arena.make([units, 4 * units]);
  const rows = samples * steps;
  const stride = 4 * rows;
  arena.withScratch([units * stride, 4 * rows * (4 * units + 8)], (earlier = 0, packed = 0) => {
    // Outputs as columns; each is moved on to the step that used it. The step that had none before it gets zeros.
    arena.pool.floats(earlier, units * rows).fill(0);
    for (let sample = 0; sample < samples; sample++) {
      const from = arena.at(output) + 4 * units * (2 * (sample * steps + index) + index);
      const to = earlier + 4 * (sample * steps + 1 - index);
      kernels.transpose(from, 8 * units, steps - 1, units, to, stride);
    }
    kernels.pack(arena.at(gates), 16 * units, rows, 4 * units, packed);
    kernels.multiply(earlier, stride, units, rows, 4 * units, packed, arena.at(result), 16 * units, 0);
  });
  return result;
}
