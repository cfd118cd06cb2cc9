import { env } from 'node:process';
import type { CreateEngine } from '../../stage/engine.ts';
import { loadBinding } from './binding.ts';
import { requireDevice } from './device.ts';
import { engineOn } from './engine.ts';

export { name, version } from './engine.ts';
export const assets: readonly string[] = [];

/** What the process must be started with. */
export const environment: Readonly<Record<string, string>> = {
  // Its log, but for errors.
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_DETERMINISTIC_OPS: '1',
  // On a GPU: float32 as it is, where NVIDIA's libraries would take 10 bits of its 23, and their LSTM's same sums again.
  NVIDIA_TF32_OVERRIDE: '0',
  // As /proc numbers the GPUs, by which a key knows which one it was.
  CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
  CUBLAS_WORKSPACE_CONFIG: ':4096:2',
  // Of a GPU's memory what it needs, not nearly all: another process may compute there. It changes no numbers.
  TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  // glibc: what is freed goes back at once, in place of holes between the rows that no larger tensor fits in. Without it
  // the peak is a fourth higher.
  MALLOC_MMAP_THRESHOLD_: '65536',
  // glibc from 2.35: large tensors in huge pages, which are mapped 512 times less often; a step takes a tenth less time.
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/**
 * TensorFlow's own kernels, on the processor or on one GPU.
 * Throws `PipeError` `engine-library`, or `engine-device` where it finds another device than `device`.
 */
const createEngine: CreateEngine = async ({ threads, library, device }) => {
  await Promise.resolve();
  const binding = loadBinding(library, threads, device);
  if (device !== undefined) requireDevice(device, binding.isUsingGpuDevice());
  // What the installation chose, and the key names; it alone, which is not told, may try.
  const { PIPE_TENSORFLOW_LSTM: lstm } = env;
  return lstm === undefined ? engineOn(binding) : engineOn(binding, lstm === 'cudnn' ? 'cudnn' : 'general');
};

export default createEngine;
