type Kernel = (...args: number[]) => void;

/** What assembly/kernels.ts exports; what the arguments are, and in which order, stands there. Addresses are bytes. */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: () => number;
  readonly fillRows: Kernel;
  readonly multiply: Kernel;
  readonly pack: Kernel;
  readonly packTransposed: Kernel;
  readonly sumRows: Kernel;
  readonly transpose: Kernel;
  readonly convolution: Kernel;
  readonly filterGradient: Kernel;
  readonly winogradConvolution: Kernel;
  readonly winogradFilter: Kernel;
  readonly winogradFilterGradient: Kernel;
  readonly winogradInputs: (...args: number[]) => number;
  readonly winogradRows: (...args: number[]) => number;
  readonly flip: Kernel;
  readonly narrow: Kernel;
  readonly fillWindow: Kernel;
  readonly inputGradient: Kernel;
  readonly normalise: Kernel;
  readonly parameterGradients: Kernel;
  readonly prepare: Kernel;
  readonly preparePart: Kernel;
  readonly statistics: Kernel;
  readonly updateMoving: Kernel;
  readonly lstm: Kernel;
  readonly lstmGradient: Kernel;
  readonly attention: Kernel;
  readonly attentionGradient: Kernel;
  readonly adam: Kernel;
  readonly crossEntropy: Kernel;
  readonly product: Kernel;
  readonly relu: Kernel;
  readonly reluGradient: Kernel;
  readonly sgd: Kernel;
  readonly softmax: Kernel;
  readonly standardise: Kernel;
}

export async function loadKernels(bytes: Uint8Array): Promise<Kernels> {
  const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
  return instance.exports as unknown as Kernels;
}
