import type { BidirectionalLstmGradients, Differentiable, EngineTensor, LstmParameters } from '../../stage/engine.ts';
import { concatenate, reshape, transpose, type Attributes, type Operations } from './operations.ts';
import type { Tensors } from './tensors.ts';

/** Input, forget, cell, output: cuDNN has our order. Of each there are weights of the input and of the state. */
const gateCount = 4;

interface Size {
  readonly samples: number;
  readonly steps: number;
  readonly features: number;
  readonly units: number;
}

/** One direction, as cuDNN counts: weights of the input's four gates, [units, features], then of the state's, [units, units]. */
interface Canonical {
  readonly weights: readonly number[];
  /** Of the input's four gates, then of the state's, [units]: cuDNN adds both. */
  readonly biases: readonly number[];
}

/**
 * The same as `bidirectionalLstm` by cuDNN, all steps of both directions in one operation. NVIDIA GPUs only.
 * https://docs.nvidia.com/deeplearning/cudnn, `cudnnRNNForward`; TensorFlow's `CudnnRNNV3`.
 */
export function cudnnLstm(
  tensors: Tensors,
  x: EngineTensor,
  forward: LstmParameters,
  backward: LstmParameters,
): Differentiable<BidirectionalLstmGradients> {
  const { operations } = tensors;
  const [samples = 0, steps = 0, features = 0] = x.shape;
  const size = { samples, steps, features, units: forward.recurrent.shape[0] ?? 0 };
  const { units } = size;
  return operations.frame((keep) => {
    const start = operations.floats([samples, 2, units]);
    const directions = [forward, backward].map((direction) => canonical(tensors, direction, size));
    const packed = pack(operations, directions, size);
    const lengths = operations.integers(Array.from({ length: samples }, () => steps));
    const inputs = [tensors.at(x), start, start, packed, lengths];
    const [result = 0, ...ofStates] = operations.runMany(
      'CudnnRNNV3',
      5,
      { ...ofLayer(operations), num_proj: 0, is_training: true, time_major: false },
      inputs,
    );
    const output = tensors.adopt(keep(result), [samples, steps, 2 * units]);
    // Only cuDNN looks into these: their shape is of no use here.
    const saved = [...ofStates, start, packed, lengths].map((id) => tensors.adopt(keep(id), []));
    return {
      output,
      gradient: (outputGradient) =>
        operations.frame((hold) => {
          const [lastState = 0, lastCell = 0, reserved = 0, onHost = 0, zeros = 0, weights = 0, counts = 0] = saved.map(
            tensors.at,
          );
          const [byInput = 0, , , byWeights = 0] = operations.runMany(
            'CudnnRNNBackpropV3',
            4,
            { ...ofLayer(operations), num_proj: 0, time_major: false },
            [
              ...[tensors.at(x), zeros, zeros, weights, counts, tensors.at(output), lastState, lastCell],
              ...[tensors.at(outputGradient), zeros, zeros, reserved, onHost],
            ],
          );
          const [first, second] = unpack(operations, byWeights, size);
          const parameters = (of: Canonical | undefined, like: LstmParameters) =>
            fromCanonical(tensors, of, like, hold);
          return {
            input: tensors.adopt(hold(byInput), x.shape),
            forward: parameters(first, forward),
            backward: parameters(second, backward),
          };
        }),
    };
  });
}

const ofLayer = ({ float }: Operations): Attributes => ({
  T: float,
  rnn_mode: 'lstm',
  input_mode: 'linear_input',
  direction: 'bidirectional',
  dropout: { float: 0 },
  seed: 0,
  seed2: 0,
});

/** Weights, and as many biases: of two directions, of the input and of the state. */
const parameterCount = 4 * gateCount;

/** One layer of so many units on so many features. */
const layer = ({ integers }: Operations, { units, features }: Size) =>
  [1, units, features].map((value) => integers([value], []));

/** In the order and with the gaps that this cuDNN wants on this GPU. */
function pack(operations: Operations, directions: readonly Canonical[], size: Size): number {
  const parameters = [...directions.flatMap(({ weights }) => weights), ...directions.flatMap(({ biases }) => biases)];
  const counts = { num_params_weights: parameterCount, num_params_biases: parameterCount };
  const attributes = { ...ofLayer(operations), ...counts, num_proj: 0 };
  return operations.run('CudnnRNNCanonicalToParamsV2', attributes, ...layer(operations, size), ...parameters);
}

function unpack(operations: Operations, packed: number, size: Size): Canonical[] {
  const each = 2 * gateCount;
  // Its second version counts no parameters unless there is a projection.
  const attributes = { ...ofLayer(operations), num_params: parameterCount };
  const inputs = [...layer(operations, size), packed];
  const all = operations.runMany('CudnnRNNParamsToCanonical', 2 * parameterCount, attributes, inputs);
  const [weights, biases] = [all.slice(0, 2 * each), all.slice(2 * each)];
  return [0, each].map((from) => ({
    weights: weights.slice(from, from + each),
    biases: biases.slice(from, from + each),
  }));
}

function canonical(
  { operations, at }: Tensors,
  { input, recurrent, bias }: LstmParameters,
  { units }: Size,
): Canonical {
  const { runMany, integers, floats, float } = operations;
  const gates = (id: number, axis: number) =>
    runMany('Split', gateCount, { T: float, num_split: gateCount }, [integers([axis], []), id]);
  const none = floats([units]);
  return {
    weights: [input, recurrent].flatMap((weights) =>
      gates(at(weights), 1).map((id) => transpose(operations, id, [1, 0])),
    ),
    biases: [...gates(at(bias), 0), none, none, none, none],
  };
}

/** The other way round. The input's and the state's biases have the same gradients: they are added. */
function fromCanonical(
  { operations, adopt }: Tensors,
  of: Canonical | undefined,
  like: LstmParameters,
  hold: (id: number) => number,
): LstmParameters {
  const { weights = [], biases = [] } = of ?? {};
  const matrix = (ids: readonly number[], tensor: EngineTensor) => {
    const [rows = 0, columns = 0] = tensor.shape;
    const each = ids.map((id) => transpose(operations, reshape(operations, id, [columns / gateCount, rows]), [1, 0]));
    return adopt(hold(concatenate(operations, each, 1)), tensor.shape);
  };
  return {
    input: matrix(weights.slice(0, gateCount), like.input),
    recurrent: matrix(weights.slice(gateCount), like.recurrent),
    bias: adopt(hold(concatenate(operations, biases.slice(0, gateCount), 0)), like.bias.shape),
  };
}
