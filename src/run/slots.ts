import process from 'node:process';
import { isNumber, nvidiaGpus, unknownGpu } from '../engine/tensorflow/device.ts';
import type { EngineCode } from '../plan/engines.ts';
import type { Task } from '../plan/graph-types.ts';
import type { Job } from './job.ts';

/** The cores and GPUs that the tasks of a run share. */
export interface Slots {
  /** Whether a task must wait for cores. One with more threads than there are cores takes them all. */
  lacksCores(task: Task): boolean;
  /** Whether a task must wait for a GPU. Where none may be used it waits for none, and its engine says so. */
  lacksGpu(task: Task): boolean;
  take(task: Task): Slot;
  giveBack(slot: Slot): void;
  /** Tells of every slot that is given back, until the returned function is called. */
  onGivenBack(tell: () => void): () => void;
}

export interface Slot {
  readonly cores: number;
  /** The GPU; one of NVIDIA's as CUDA_VISIBLE_DEVICES names it. */
  readonly gpu: string | undefined;
}

/**
 * Side by side, as many tasks as there are cores, and on each GPU one.
 *
 * @param cores how many
 * @param gpusOf names of the GPUs that tasks of an engine may be given
 */
export function createSlots(cores: number, gpusOf: (engine: EngineGpus) => readonly string[] = gpusFor): Slots {
  let free = cores;
  const taken = new Set<string>();
  const known = new WeakMap<EngineGpus, readonly string[]>();
  const listeners = new Set<() => void>();
  const coresOf = ({ stage }: Task) => Math.min(cores, stage.code.engine?.threads ?? 1);
  const gpusOfTask = ({ stage: { code } }: Task): readonly string[] => {
    if (code.engine === undefined) return [];
    const gpus = known.get(code.engine) ?? gpusOf(code.engine);
    known.set(code.engine, gpus);
    return gpus;
  };
  return {
    lacksCores: (task) => coresOf(task) > free,
    lacksGpu(task) {
      const gpus = gpusOfTask(task);
      return gpus.length > 0 && gpus.every((gpu) => taken.has(gpu));
    },
    take(task) {
      const gpu = gpusOfTask(task).find((name) => !taken.has(name));
      if (gpu !== undefined) taken.add(gpu);
      const slot = { cores: coresOf(task), gpu };
      free -= slot.cores;
      return slot;
    },
    giveBack({ cores: returned, gpu }) {
      free += returned;
      if (gpu !== undefined) taken.delete(gpu);
      for (const tell of [...listeners]) tell();
    },
    onGivenBack(tell) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
}

/** What of an engine says on which GPUs it may compute. */
type EngineGpus = Pick<EngineCode, 'name' | 'gpus' | 'device'>;

export interface NvidiaGpus {
  /** Of the machine's, in the order of the bus. */
  readonly models: readonly string[];
  /** CUDA_VISIBLE_DEVICES. */
  readonly visible: string | undefined;
}

const ofThisMachine = (): NvidiaGpus => ({ models: nvidiaGpus(), visible: process.env.CUDA_VISIBLE_DEVICES });

/**
 * Names of this machine's GPUs that tasks of an engine may be given: those whose model is in its key, and of those the ones that the
 * user allows by CUDA_VISIBLE_DEVICES. WebGPU's is one, whatever that variable says.
 */
export function gpusFor({ name, gpus, device }: EngineGpus, of: () => NvidiaGpus = ofThisMachine): readonly string[] {
  if (gpus === 0) return [];
  if (name === 'webgpu') return ['webgpu'];
  const { models, visible } = of();
  const names = visible?.split(',').filter((one) => one.trim() !== '') ?? models.map((_, index) => `${index}`);
  // Where nothing tells them apart: the engine looks at what it has got.
  if (device === undefined || device === unknownGpu) return names;
  return names.filter((one) => !isNumber(one) || models[Number(one)] === device);
}

/** The job, told which GPU it has. */
export function withGpu(job: Job, { gpu }: Slot): Job {
  return job.engine === undefined || gpu === undefined ? job : { ...job, engine: { ...job.engine, gpu } };
}
