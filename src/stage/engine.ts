/** A tensor of 32-bit floats, row-major, that lives where its engine computes. */
export interface EngineTensor {
  readonly shape: readonly number[];
}

/** Rows of one shape, such as the segments of the training speakers, kept once for as long as a training lasts. */
export interface EngineDataset {
  readonly rowShape: readonly number[];
  /** How many rows there are. */
  readonly rows: number;
  /** Appends rows, [n, ...rowShape]. The engine may keep `values` itself, so nobody may change it afterwards. */
  add(values: Float32Array): void;
  dispose(): void;
}

/**
 * A result with what its gradient needs. `gradient` turns the loss's gradient by `output` into its gradients by the
 * arguments. It may be called once, inside the scope of the forward call: it may overwrite what was saved and `output`.
 */
export interface Differentiable<Gradients, Options extends unknown[] = []> {
  readonly output: EngineTensor;
  gradient(outputGradient: EngineTensor, ...options: Options): Gradients;
}

export interface BatchNormParameters {
  /** Scale, [channels]. */
  readonly gamma: EngineTensor;
  /** Shift, [channels]. */
  readonly beta: EngineTensor;
  /** Moving mean for inference, [channels]; training updates it in place. */
  readonly mean: EngineTensor;
  /** Moving unbiased variance for inference, [channels]; training updates it in place. */
  readonly variance: EngineTensor;
}

export interface BatchNormSettings {
  /** moving = (1 - momentum) moving + momentum batch, as in PyTorch. */
  readonly momentum: number;
  /** Added to the (biased) variance before the root. */
  readonly epsilon: number;
  /** Max-pooling by so many positions on each spatial axis, stride the same, what does not fill a window is dropped. */
  readonly pool: readonly number[];
  /** Slope of the leaky ReLU for negative values, 0 to 1. */
  readonly leak: number;
}

/** One direction of an LSTM. Gates in the order input, forget, cell, output, as in PyTorch and Keras. */
export interface LstmParameters {
  /** [features, 4 units] */
  readonly input: EngineTensor;
  /** [units, 4 units] */
  readonly recurrent: EngineTensor;
  /** [4 units] */
  readonly bias: EngineTensor;
}

export interface AdamSettings {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Of this update, from 1. */
  readonly step: number;
}

export interface SgdSettings {
  readonly rate: number;
  readonly momentum: number;
}

/**
 * What an engine supplies: the kernels of a network, each with its gradient. The network itself is defined once,
 * in terms of these. Calls return at once with a handle; `read` alone waits for the numbers.
 */
export interface Engine {
  readonly name: string;
  /** Version of the code or library that decides the bits. */
  readonly version: string;

  /** A new tensor, zeros without `values`. */
  tensor(shape: readonly number[], values?: Float32Array): EngineTensor;
  /** Replaces a tensor's numbers. */
  write(tensor: EngineTensor, values: Float32Array): void;
  /** A copy of a tensor's numbers. */
  read(tensor: EngineTensor): Promise<Float32Array>;
  /** The same numbers under another shape of the same size, not copied: disposing of either frees both. */
  reshape(tensor: EngineTensor, shape: readonly number[]): EngineTensor;
  dispose(...tensors: readonly EngineTensor[]): void;
  /** Runs `work` and frees every tensor made in it but those it passes to `keep`. */
  scope<Result>(work: (keep: (tensor: EngineTensor) => EngineTensor) => Result): Result;
  /** Frees everything, data sets too. */
  close(): void;

  dataset(rowShape: readonly number[]): EngineDataset;
  /**
   * Rows of a data set, standardised: (row - mean) * scale, [rows.length, ...rowShape].
   * `mean` and `scale` have the row's shape without its first axis.
   */
  gather(data: EngineDataset, rows: readonly number[], mean: EngineTensor, scale: EngineTensor): EngineTensor;

  /**
   * Cross-correlation with zero padding to the same size, stride 1, no bias, channels last.
   * `x` [n, a, b, c] with `filter` [ka, kb, c, f], or [n, a, b, d, c] with [ka, kb, kd, c, f]. An even kernel has its
   * extra position after, as in TensorFlow and PyTorch. The gradient by `x` is computed only when `input` is true.
   */
  convolution(x: EngineTensor, filter: EngineTensor): Differentiable<ConvolutionGradients, [input: boolean]>;
  /**
   * Batch normalisation over all axes but the last, max-pooling, leaky ReLU, in this order: pooling before a monotone
   * activation gives what pooling after it gives. Uses and returns the batch's statistics in its gradient.
   */
  batchNorm(
    x: EngineTensor,
    parameters: BatchNormParameters,
    settings: BatchNormSettings,
  ): Differentiable<BatchNormGradients>;
  /** The same with the moving statistics. */
  batchNormInference(x: EngineTensor, parameters: BatchNormParameters, settings: BatchNormSettings): EngineTensor;
  /** [n, steps, features] to [n, steps, 2 units]: at each step the forward, then the backward direction's output. */
  bidirectionalLstm(
    x: EngineTensor,
    forward: LstmParameters,
    backward: LstmParameters,
  ): Differentiable<BidirectionalLstmGradients>;
  /**
   * sum_t alpha_t h_t with alpha = softmax_t(vector . h_t): [n, steps, d] to [n, d]. With `lengths`, sample i uses its
   * first lengths[i] steps only (1 to steps).
   */
  attention(
    h: EngineTensor,
    vector: EngineTensor,
    lengths?: readonly number[],
  ): Differentiable<{ readonly input: EngineTensor; readonly vector: EngineTensor }> & {
    /** alpha, [n, steps] */
    readonly weights: EngineTensor;
  };
  /** x weights + bias: [n, k] by [k, m] plus [m]. */
  dense(x: EngineTensor, weights: EngineTensor, bias: EngineTensor): Differentiable<DenseGradients>;
  relu(x: EngineTensor): Differentiable<EngineTensor>;
  /** Elementwise product, such as with a dropout mask. */
  multiply(x: EngineTensor, mask: EngineTensor): EngineTensor;
  /** Over the last axis of [n, classes]. */
  softmax(logits: EngineTensor): EngineTensor;
  /**
   * Cross-entropy of softmax(logits) [n, classes], averaged with the weight of each sample's class:
   * sum_i w[label_i] loss_i / sum_i w[label_i], as torch.nn.CrossEntropyLoss(weight).
   */
  crossEntropy(
    logits: EngineTensor,
    labels: readonly number[],
    classWeights: readonly number[],
  ): { /** [1] */ readonly loss: EngineTensor; /** By the logits. */ readonly gradient: EngineTensor };

  /** One step of Adam (Kingma and Ba, 2015) in place; `first` and `second` are the moments. */
  adam(
    parameter: EngineTensor,
    gradient: EngineTensor,
    first: EngineTensor,
    second: EngineTensor,
    settings: AdamSettings,
  ): void;
  /** velocity = momentum velocity + gradient; parameter -= rate velocity; in place, as torch.optim.SGD. */
  sgd(parameter: EngineTensor, gradient: EngineTensor, velocity: EngineTensor, settings: SgdSettings): void;
}

export interface ConvolutionGradients {
  readonly input: EngineTensor | undefined;
  readonly filter: EngineTensor;
}

export interface BatchNormGradients {
  readonly input: EngineTensor;
  readonly gamma: EngineTensor;
  readonly beta: EngineTensor;
}

export interface BidirectionalLstmGradients {
  readonly input: EngineTensor;
  readonly forward: LstmParameters;
  readonly backward: LstmParameters;
}

export interface DenseGradients {
  readonly input: EngineTensor;
  readonly weights: EngineTensor;
  readonly bias: EngineTensor;
}

/** What an engine's module exports by default. */
export type CreateEngine = (options: {
  /** Cores that the engine may use. */
  readonly threads: number;
  /** Absolute folder of the library that was installed for the engine, where it needs one. */
  readonly library?: string;
  /** What it computes on by the key: `CPU` or the GPU's own name. An engine throws where it finds another. */
  readonly device?: string;
  /** Bytes of one of the module's `assets`. */
  asset(path: string): Promise<Uint8Array>;
}) => Promise<Engine>;
