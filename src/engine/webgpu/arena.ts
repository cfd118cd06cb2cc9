import type { EngineTensor } from '../../stage/engine.ts';
import type { DataId, TensorInfo } from './backend.ts';
import { tooLarge, type ArrayBinding, type Gpu } from './gpu.ts';

/** Memory that one tensor and its reshaped views share. */
interface Block {
  readonly gpu: Gpu;
  readonly dataId: DataId;
  live: boolean;
}

/** Not worth the trouble of letting it go. */
const SPARE_BYTES = 64 * 2 ** 20;

class GpuTensor implements EngineTensor {
  readonly shape: readonly number[];
  readonly size: number;
  readonly block: Block;

  constructor(shape: readonly number[], block: Block) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.block = block;
  }
}

export type { GpuTensor };

/** Tensors in the GPU's memory, and the scopes that free them. */
export interface Arena {
  readonly gpu: Gpu;
  /** A tensor whose numbers are whatever was there. */
  make(shape: readonly number[], values?: Float32Array): GpuTensor;
  /** A tensor of the backend's, from now on ours. */
  adopt(info: TensorInfo): GpuTensor;
  /** A tensor as the backend's kernels want it, of this arena. Throws when it was disposed of. */
  info(tensor: EngineTensor): TensorInfo;
  reshape(tensor: EngineTensor, shape: readonly number[]): GpuTensor;
  dispose(tensor: EngineTensor): void;
  scope<Result>(work: (keep: (tensor: EngineTensor) => EngineTensor) => Result): Result;
  /** Runs `work` with whole numbers in a temporary array. */
  withIndices<Result>(values: readonly number[], work: (indices: ArrayBinding) => Result): Result;
  /** Runs `work` with a temporary tensor of so many numbers. */
  withScratch<Result>(size: number, work: (scratch: GpuTensor) => Result): Result;
  /** Lets unused buffers go when they have become many: each batch size leaves a set of its own. */
  trim(): void;
  /** An array that a program reads. */
  read(tensor: EngineTensor): ArrayBinding;
  /** An array that a program writes, or reads and writes. */
  write(tensor: EngineTensor): ArrayBinding;
}

export function createArena(gpu: Gpu): Arena {
  const { backend } = gpu;
  const scopes: Set<Block>[] = [];
  let mostUsed = 0;

  const own = (tensor: EngineTensor): GpuTensor => {
    if (!(tensor instanceof GpuTensor) || tensor.block.gpu !== gpu) {
      throw new Error('this tensor belongs to another engine');
    }
    if (!tensor.block.live)
      throw new Error(`a tensor of shape [${tensor.shape.join(', ')}] is used after it was freed`);
    return tensor;
  };
  const release = (block: Block) => {
    if (!block.live) return;
    block.live = false;
    backend.disposeData(block.dataId);
    for (const scope of scopes) scope.delete(block);
  };
  const adopt = ({ dataId, shape }: TensorInfo) => {
    const block = { gpu, dataId, live: true };
    scopes.at(-1)?.add(block);
    mostUsed = Math.max(mostUsed, backend.bufferManager.numBytesUsed);
    return new GpuTensor([...shape], block);
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
    gpu,
    make,
    adopt,
    info(tensor) {
      const { shape, block } = own(tensor);
      return { dataId: block.dataId, shape: [...shape], dtype: 'float32' };
    },
    reshape(tensor, shape) {
      const { size, block } = own(tensor);
      if (sizeOf(shape) !== size) throw new Error(`cannot see ${size} numbers as [${shape.join(', ')}]`);
      return new GpuTensor([...shape], block);
    },
    dispose: (tensor) => release(own(tensor).block),
    scope(work) {
      const made = new Set<Block>();
      const kept = new Set<Block>();
      scopes.push(made);
      try {
        return work((tensor) => {
          kept.add(own(tensor).block);
          return tensor;
        });
      } finally {
        scopes.pop();
        for (const block of made) {
          if (kept.has(block)) scopes.at(-1)?.add(block);
          else release(block);
        }
      }
    },
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
        release(scratch.block);
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
    read: (tensor) => ({ data: own(tensor).block.dataId, access: 'read', type: 'f32' }),
    write: (tensor) => ({ data: own(tensor).block.dataId, access: 'read_write', type: 'f32' }),
  };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
