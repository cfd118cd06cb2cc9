import type { CreateEngine, Engine, EngineTensor } from '../../stage/engine.ts';
import { sizeOf } from '../shape.ts';
import { createArena, type Arena } from './arena.ts';
import { attention } from './attention.ts';
import { createBackend } from './backend.ts';
import { batchNorm, batchNormInference } from './batch-norm.ts';
import { convolution } from './convolution.ts';
import { gather, GpuDataset } from './dataset.ts';
import { dense } from './dense.ts';
import { openDevice, otherDevice } from './device.ts';
import { adam, multiply, relu, sgd } from './elementwise.ts';
import { createGpu } from './gpu.ts';
import { bidirectionalLstm } from './lstm.ts';
import { crossEntropy, softmax } from './softmax.ts';

export { describeDevice, type DeviceDescription } from './device.ts';

export const name = 'webgpu';
export const version = '1';
export const assets: readonly string[] = [];

export interface WebGpuEngine extends Engine {
  /** The GPU's own name. */
  readonly device: string;
  /** Bytes on the GPU, without data sets: of tensors, and with the buffers that are kept for the next ones. */
  memory(): { readonly used: number; readonly held: number };
}

/**
 * Any vendor's GPU, by Dawn (npm `webgpu`): convolutions, memory and command queue of tfjs' WebGPU backend, and programs
 * of our own in WGSL for the rest, so that a training step is about 72 dispatches with three feature learning blocks, where plain tfjs has 2,275. They keep to the limits that every
 * device has. Sums have a fixed order, so that a device and driver repeats its bits; another may give others.
 *
 * Its numbers were checked on Mesa's software driver alone (llvmpipe, by OpenGL ES). Not verified on a GPU: its speed, the
 * Vulkan, Metal and Direct3D drivers, running out of memory, and the loss of a device other than by its own `destroy`.
 *
 * Throws `PipeError` `webgpu-not-installed`, `webgpu-no-gpu`, `webgpu-unknown-backend` or `engine-device`; later calls throw
 * `webgpu-device-lost`, `engine-memory` or `webgpu-failed`.
 */
const createEngine: CreateEngine = async ({ device: wanted }) => {
  const device = await openDevice();
  if (wanted !== undefined && wanted !== device.device) throw otherDevice(wanted, device.device);
  return engineOf(createArena(createGpu(device, await createBackend(device))));
};

export default createEngine;

function engineOf(arena: Arena): WebGpuEngine {
  const { gpu } = arena;
  const datasets = new Set<GpuDataset>();
  return {
    name,
    version,
    device: gpu.device,
    memory() {
      gpu.flush();
      const { numBytesUsed, numBytesAllocated } = gpu.backend.bufferManager;
      return { used: numBytesUsed, held: numBytesAllocated };
    },
    tensor: (shape, values) => tensor(arena, shape, values),
    write: (target, values) => write(arena, target, values),
    read: (source) => read(arena, source),
    reshape: arena.reshape,
    dispose: (...tensors) => tensors.forEach(arena.dispose),
    scope: arena.scope,
    close() {
      for (const data of datasets) data.dispose();
      gpu.close();
    },
    dataset(rowShape) {
      const data = new GpuDataset(gpu, rowShape);
      datasets.add(data);
      return data;
    },
    gather: (data, rows, mean, scale) => gather(arena, data, rows, mean, scale),
    convolution: (x, filter) => convolution(arena, x, filter),
    batchNorm: (x, parameters, settings) => batchNorm(arena, x, parameters, settings),
    batchNormInference: (x, parameters, settings) => batchNormInference(arena, x, parameters, settings),
    bidirectionalLstm: (x, forward, backward) => bidirectionalLstm(arena, x, forward, backward),
    attention: (h, vector, lengths) => attention(arena, h, vector, lengths),
    dense: (x, weights, bias) => dense(arena, x, weights, bias),
    relu: (x) => relu(arena, x),
    multiply: (x, mask) => multiply(arena, x, mask),
    softmax: (logits) => softmax(arena, logits),
    crossEntropy: (logits, labels, classWeights) => crossEntropy(arena, logits, labels, classWeights),
    adam: (parameter, gradient, first, second, settings) => adam(arena, parameter, gradient, first, second, settings),
    sgd: (parameter, gradient, velocity, settings) => sgd(arena, parameter, gradient, velocity, settings),
  };
}

function tensor(arena: Arena, shape: readonly number[], values: Float32Array | undefined): EngineTensor {
  const size = sizeOf(shape);
  if (values && values.length !== size) throw new Error(`${values.length} numbers for [${shape.join(', ')}]`);
  // A buffer that was used before is not empty.
  return arena.make(shape, values ?? new Float32Array(size));
}

function write(arena: Arena, target: EngineTensor, values: Float32Array): void {
  const { dataId, shape } = arena.info(target);
  const size = sizeOf(shape);
  if (values.length !== size) throw new Error(`${values.length} numbers for [${shape.join(', ')}]`);
  const { backend } = arena.gpu;
  const { resource } = backend.tensorMap.get(dataId);
  if (!resource) throw new Error('a tensor without a buffer');
  // What is recorded sees the numbers of before.
  arena.gpu.flush();
  backend.queue.writeBuffer(resource, 0, values);
}

async function read(arena: Arena, source: EngineTensor): Promise<Float32Array> {
  const { gpu } = arena;
  gpu.check();
  arena.trim();
  const { resource } = gpu.backend.tensorMap.get(arena.info(source).dataId);
  if (!resource) throw new Error('a tensor without a buffer');
  const bytes = await gpu.backend.getBufferData(resource).catch(async (cause: unknown) => {
    // The news of a lost device comes a moment later.
    await new Promise((resolve) => setImmediate(resolve));
    gpu.check();
    throw cause;
  });
  gpu.check();
  return new Float32Array(bytes);
}
