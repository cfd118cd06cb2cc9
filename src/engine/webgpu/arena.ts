import type { EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { createTensorBlocks, type TensorBlocks } from '../tensor-blocks.ts';
import type { DataId, TensorInfo } from './backend.ts';
import { tooLarge, type ArrayBinding, type Gpu } from './gpu.ts';

/** Not worth the trouble of letting it go. */
const SPARE_BYTES = 64 * 2 ** 20;

/** Tensors in the GPU's memory. */
export interface Arena extends Pick<TensorBlocks<DataId>, 'reshape' | 'dispose' | 'scope'> {
  readonly gpu: Gpu;
  /** A tensor whose numbers are whatever was there. */
  make(shape: readonly number[], values?: Float32Array): EngineTensor;
  /** A tensor of the backend's, from now on ours. */
  adopt(info: TensorInfo): EngineTensor;
  /** A tensor as the backend's kernels want it, of this arena. Throws when it was disposed of. */
  info(tensor: EngineTensor): TensorInfo;
  /** Runs `work` with whole numbers in a temporary array. */
  withIndices<Result>(values: readonly number[], work: (indices: ArrayBinding) => Result): Result;
  /** Runs `work` with a temporary tensor of so many numbers. */
  withScratch<Result>(size: number, work: (scratch: EngineTensor) => Result): Result;
  /** Lets unused buffers go when they have become many: each batch size leaves a set of its own. */
  trim(): void;
  /** An array that a program reads. */
  read(tensor: EngineTensor): ArrayBinding;
  /** An array that a program writes, or reads and writes. */
  write(tensor: EngineTensor): ArrayBinding;
}

export function createArena(gpu: Gpu): Arena {
  const { backend } = gpu;
  const blocks = createTensorBlocks<DataId>((dataId) => backend.disposeData(dataId));
  let mostUsed = 0;

  const adopt = ({ dataId, shape }: TensorInfo) => {
    mostUsed = Math.max(mostUsed, backend.bufferManager.numBytesUsed);
    return blocks.adopt(dataId, shape);
  };
  const make = (shape: readonly number[], values?: Float32Array) => {
    gpu.check();
    const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits;
    if (4 * sizeOf(shape) > Math.min(maxBufferSize, maxStorageBufferBindingSize)) throw tooLarge(gpu.device, shape);
    const info = backend.makeTensorInfo([...shape], 'float32', values);
    // At once: later, the caller may have changed the values.
    backend.uploadToGPU(info.dataId);
    return adopt(info);
  };
  return {
    reshape: blocks.reshape,
    dispose: blocks.dispose,
    scope: blocks.scope,
    gpu,
    make,
    adopt,
    info: (tensor) => ({ dataId: blocks.memoryOf(tensor), shape: [...tensor.shape], dtype: 'float32' }),
    withIndices(values, work) {
      const { dataId } = backend.makeTensorInfo([values.length], 'int32', Int32Array.from(values));
      try {
        return work({ data: dataId, access: 'read', type: 'u32' });
      } finally {
        backend.disposeData(dataId);
      }
    },
    withScratch(size, work) {
      const scratch = make([size]);
      try {
        return work(scratch);
      } finally {
        blocks.dispose(scratch);
      }
    },
    trim() {
      const manager = backend.bufferManager;
      if (manager.numBytesAllocated <= 1.5 * mostUsed + SPARE_BYTES) return;
      // What is recorded may still use them.
      gpu.flush();
      for (const buffer of [...manager.freeBuffers.values()].flat()) {
        manager.numBytesAllocated -= buffer.size;
        buffer.destroy();
      }
      for (const buffers of manager.freeBuffers.values()) buffers.length = 0;
      manager.numFreeBuffers = 0;
    },
    read: (tensor) => ({ data: blocks.memoryOf(tensor), access: 'read', type: 'f32' }),
    write: (tensor) => ({ data: blocks.memoryOf(tensor), access: 'read_write', type: 'f32' }),
  };
}
