/** A tensor that lives where its engine computes. */
export interface EngineTensor {
  readonly shape: readonly number[];
}

/**
 * What an engine supplies: the kernels of a network, each with its gradient. The network itself is defined once,
 * in terms of these.
 */
export interface Engine {
  readonly name: string;
}
