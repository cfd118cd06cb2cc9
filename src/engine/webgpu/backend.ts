import { notInstalled, type OpenDevice } from './device.ts';

/** A handle of the backend's memory. */
export type DataId = object;

/** As tfjs calls its kernels. */
export interface TensorInfo {
  readonly dataId: DataId;
  readonly shape: number[];
  readonly dtype: 'float32' | 'int32';
}

/** Buffers are kept for the next tensor of the same size, for ever. */
export interface BufferManager {
  acquireBuffer(size: number, usage: number): GPUBuffer;
  /** Those that nobody uses, by size and usage. */
  readonly freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  readonly numBytesUsed: number;
  /** Also of those that nobody uses. */
  numBytesAllocated: number;
}

/**
 * What we use of tfjs' WebGPU backend: its pool of buffers, its queue of commands, and its kernels. The queue's fields are
 * private there; the package's version is pinned.
 */
export interface Backend {
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  readonly bufferManager: BufferManager;
  readonly tensorMap: { get(dataId: DataId): { readonly resource?: GPUBuffer | null } };
  /** Made anew after each submission. */
  readonly commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  /** Memory that a recorded command uses: freed when it is submitted, not before. */
  readonly commandQueueOwnedIds: WeakSet<DataId>;
  readonly uniformPendingDisposal: GPUBuffer[];
  makeTensorInfo(shape: number[], dtype: string, values?: Float32Array | Int32Array): TensorInfo;
  /** Gives it a buffer, with its values where it has some. */
  uploadToGPU(dataId: DataId): void;
  disposeData(dataId: DataId): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  /** A copy of a buffer's bytes as all recorded commands leave it. */
  getBufferData(buffer: GPUBuffer): Promise<ArrayBuffer>;
  dispose(): void;
}

export interface Tfjs {
  readonly backend: Backend;
  /** Runs one of the backend's kernels. */
  kernel(name: string, inputs: Readonly<Record<string, TensorInfo>>, attrs: object): TensorInfo;
}

/** Recorded dispatches that are submitted together, as tfjs has it. */
export const SUBMITTED_AT_ONCE = 15;

/** Puts tfjs' WebGPU backend on an open device. `navigator.gpu` must be there. */
export async function createBackend({ gpu, info }: OpenDevice): Promise<Tfjs> {
  const core = await import('@tensorflow/tfjs-core').catch((cause: unknown) => {
    throw notInstalled(cause);
  });
  const { WebGPUBackend } = (await import('@tensorflow/tfjs-backend-webgpu').catch((cause: unknown) => {
    throw notInstalled(cause);
  })) as unknown as { WebGPUBackend: new (device: GPUDevice, info: GPUAdapterInfo) => Backend };
  const flags = core.env();
  flags.set('WEBGPU_CPU_FORWARD', false);
  flags.set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', SUBMITTED_AT_ONCE);
  // The other one computes each number of the input's gradient by itself.
  flags.set('WEBGPU_USE_NAIVE_CONV2D_TRANSPOSE', false);
  const backend = new WebGPUBackend(gpu, info);
  return {
    backend,
    kernel(name, inputs, attrs) {
      const config = core.getKernel(name, 'webgpu') as unknown as { kernelFunc(call: object): TensorInfo } | undefined;
      if (!config) throw new Error(`the backend has no kernel ${name}`);
      return config.kernelFunc({ inputs, backend, attrs });
    },
  };
}
