import type { BidirectionalLstmGradients, Differentiable, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import type { Arena } from './arena.ts';
import { runForward, transposed, runBackward, type Sequence } from './lstm-steps.ts';
import { product } from './product.ts';
import { columnSums } from './sums.ts';
import { u32 } from './wgsl.ts';

/**
 * Both directions at once: two dispatches, one for the input of all steps and one for all steps, since each group has
 * samples of its own and goes through their steps alone. Six for the gradient.
 */
export function bidirectionalLstm(
  arena: Arena,
  x: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): Differentiable<BidirectionalLstmGradients> {
  const [samples = 0, steps = 0] = x.shape;
  const units = forward.recurrent.shape[0] ?? 0;
  const gates = projectInput(arena, x, forward, backward);
  const cells = arena.make([2, samples, steps, units]);
  const output = arena.make([samples, steps, 2 * units]);
  const sequence: Sequence = { samples, steps, units, gates, cells };
  runForward(arena, sequence, forward.recurrent, backward.recurrent, output);
  return {
    output,
    gradient(outputGradient) {
      const turned = transposed(arena, units, forward.recurrent, backward.recurrent);
      runBackward(arena, sequence, turned, outputGradient);
      const input = inputGradient(arena, x, gates, forward, backward);
      const [forwardGradients, backwardGradients] = [forward, backward].map(emptyLike(arena));
      if (!forwardGradients || !backwardGradients) throw new Error('two directions');
      const gradients = { input, forward: forwardGradients, backward: backwardGradients };
      inputWeights(arena, x, gates, gradients);
      recurrentWeights(arena, sequence, output, gradients);
      biases(arena, gates, gradients);
      return gradients;
    },
  };
}

const emptyLike =
  (arena: Arena) =>
  ({ input, recurrent, bias }: LstmParameters): LstmParameters => ({
    input: arena.make(input.shape),
    recurrent: arena.make(recurrent.shape),
    bias: arena.make(bias.shape),
  });

/** [n, steps, features] to [n, steps, 8 units]: gates of the forward, then of the backward direction. */
function projectInput(arena: Arena, x: EngineTensor, forward: LstmParameters, backward: LstmParameters): EngineTensor {
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const wide = forward.bias.shape[0] ?? 0;
  const gates = arena.make([samples, steps, 2 * wide]);
  product(arena.gpu, {
    key: 'lstm: input of all steps',
    arrays: {
      x: arena.read(x),
      forward: arena.read(forward.input),
      backward: arena.read(backward.input),
      forwardBias: arena.read(forward.bias),
      backwardBias: arena.read(backward.bias),
      gates: arena.write(gates),
    },
    numbers: { wide: u32(wide) },
    rows: samples * steps,
    columns: 2 * wide,
    depth: features,
    beside: 'depth',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return x[row * numbers.depth + k]; }
      fn right(z: u32, k: u32, column: u32) -> f32 {
        if (column < numbers.wide) { return forward[k * numbers.wide + column]; }
        return backward[k * numbers.wide + column - numbers.wide];
      }
      fn biasOf(column: u32) -> f32 {
        if (column < numbers.wide) { return forwardBias[column]; }
        return backwardBias[column - numbers.wide];
      }
      fn store(z: u32, row: u32, column: u32, value: f32) {
        gates[row * numbers.columns + column] = value + biasOf(column);
      }`,
  });
  return gates;
}

function inputGradient(
  arena: Arena,
  x: EngineTensor,
  gates: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): EngineTensor {
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const wide = forward.bias.shape[0] ?? 0;
  const input = arena.make(x.shape);
  product(arena.gpu, {
    key: 'lstm: gradient by the input',
    arrays: {
      gates: arena.read(gates),
      forward: arena.read(forward.input),
      backward: arena.read(backward.input),
      input: arena.write(input),
    },
    numbers: { wide: u32(wide) },
    rows: samples * steps,
    columns: features,
    depth: 2 * wide,
    beside: 'depth',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return gates[row * numbers.depth + k]; }
      fn right(z: u32, k: u32, column: u32) -> f32 {
        if (k < numbers.wide) { return forward[column * numbers.wide + k]; }
        return backward[column * numbers.wide + k - numbers.wide];
      }
      fn store(z: u32, row: u32, column: u32, value: f32) { input[row * numbers.columns + column] = value; }`,
  });
  return input;
}

interface Gradients {
  readonly forward: LstmParameters;
  readonly backward: LstmParameters;
}

function inputWeights(arena: Arena, x: EngineTensor, gates: EngineTensor, { forward, backward }: Gradients): void {
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const columns = gates.shape[2] ?? 0;
  product(arena.gpu, {
    key: 'lstm: gradient by the weights of the input',
    arrays: {
      x: arena.read(x),
      gates: arena.read(gates),
      forward: arena.write(forward.input),
      backward: arena.write(backward.input),
    },
    rows: features,
    columns,
    depth: samples * steps,
    beside: 'row',
    code: () => `
      fn left(z: u32, row: u32, k: u32) -> f32 { return x[k * numbers.rows + row]; }
      fn right(z: u32, k: u32, column: u32) -> f32 { return gates[k * numbers.columns + column]; }
      fn store(z: u32, row: u32, column: u32, value: f32) {
        let wide = numbers.columns / 2u;
        if (column < wide) { forward[row * wide + column] = value; }
        else { backward[row * wide + column - wide] = value; }
      }`,
  });
}

/** Of each direction: sum over samples and steps of (earlier output) (gate gradient)^T. */
function recurrentWeights(
  arena: Arena,
  { samples, steps, units, gates }: Sequence,
  output: EngineTensor,
  { forward, backward }: Gradients,
): void {
  product(arena.gpu, {
    key: 'lstm: gradient by the recurrent weights',
    arrays: {
      output: arena.read(output),
      gates: arena.read(gates),
      forward: arena.write(forward.recurrent),
      backward: arena.write(backward.recurrent),
    },
    numbers: { steps: u32(steps) },
    rows: units,
    columns: 4 * units,
    depth: samples * steps,
    count: 2,
    beside: 'row',
    code: () => `
      fn left(direction: u32, row: u32, k: u32) -> f32 {
        let at = 2u * k * numbers.rows + direction * numbers.rows + row;
        let step = k % numbers.steps;
        if (direction == 0u) {
          if (step == 0u) { return 0.0; }
          return output[at - 2u * numbers.rows];
        }
        if (step + 1u == numbers.steps) { return 0.0; }
        return output[at + 2u * numbers.rows];
      }
      fn right(direction: u32, k: u32, column: u32) -> f32 {
        return gates[(2u * k + direction) * numbers.columns + column];
      }
      fn store(direction: u32, row: u32, column: u32, value: f32) {
        if (direction == 0u) { forward[row * numbers.columns + column] = value; }
        else { backward[row * numbers.columns + column] = value; }
      }`,
  });
}

function biases(arena: Arena, gates: EngineTensor, { forward, backward }: Gradients): void {
  const [samples = 0, steps = 0, columns = 0] = gates.shape;
  columnSums(arena.gpu, {
    key: 'lstm: gradient by the bias',
    arrays: { gates: arena.read(gates), forward: arena.write(forward.bias), backward: arena.write(backward.bias) },
    rows: samples * steps,
    columns,
    type: 'f32',
    code: () => `
      fn value(row: u32, column: u32, first: u32) -> f32 { return gates[row * numbers.columns + column]; }
      fn store(chunk: u32, column: u32, first: u32, end: u32, sum: f32) {
        let wide = numbers.columns / 2u;
        if (column < wide) { forward[column] = sum; } else { backward[column - wide] = sum; }
      }`,
  });
}
