import type { Graph, Task } from '../plan/graph-types.ts';
import type { Job } from './job.ts';

/** The cores and GPUs that the tasks of a run share. */
export interface Slots {
  /** Whether a task must wait for cores. One with more threads than there are cores takes them all. */
  lacksCores(task: Task): boolean;
  /** Whether a task must wait for a GPU. Where none may be used it waits for none, and its engine says so. */
  lacksGpu(task: Task): boolean;
  /** Names of GPUs that tasks may be given from now on too. */
  addGpus(names: readonly string[]): void;
  take(task: Task): Slot;
  giveBack(slot: Slot): void;
  /** Tells of every slot that is given back, until the returned function is called. */
  onGivenBack(tell: () => void): () => void;
}

export interface Slot {
  readonly cores: number;
  /** The GPU, as CUDA_VISIBLE_DEVICES names it. */
  readonly gpu: string | undefined;
}

/**
 * Side by side, as many tasks as there are cores, and on each GPU one.
 *
 * @param cores how many
 * @param gpus their names
 */
export function createSlots(cores: number, gpus: readonly string[]): Slots {
  let free = cores;
  const known = new Set(gpus);
  const freeGpus = [...known];
  const listeners = new Set<() => void>();
  const coresOf = ({ stage }: Task) => Math.min(cores, stage.code.engine?.threads ?? 1);
  const needsGpu = ({ stage }: Task) => known.size > 0 && (stage.code.engine?.gpus ?? 0) > 0;
  return {
    lacksCores: (task) => coresOf(task) > free,
    lacksGpu: (task) => needsGpu(task) && freeGpus.length === 0,
    addGpus(names) {
      freeGpus.push(...names.filter((name) => !known.has(name)));
      for (const name of names) known.add(name);
    },
    take(task) {
      const slot = { cores: coresOf(task), gpu: needsGpu(task) ? freeGpus.shift() : undefined };
      free -= slot.cores;
      return slot;
    },
    giveBack({ cores: returned, gpu }) {
      free += returned;
      if (gpu !== undefined) freeGpus.unshift(gpu);
      for (const tell of [...listeners]) tell();
    },
    onGivenBack(tell) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
}

/** Names of so many GPUs: those that the user allows by CUDA_VISIBLE_DEVICES, else by number. */
export function gpuNames(count: number, visible: string | undefined): string[] {
  if (visible !== undefined) return visible.split(',').filter((name) => name.trim() !== '');
  return Array.from({ length: count }, (_, index) => `${index}`);
}

/** GPUs that engines of the graph compute on. */
export function gpusOf(graph: Graph): string[] {
  const counts = graph.stages.map(({ code }) => code.engine?.gpus ?? 0);
  return gpuNames(Math.max(0, ...counts), process.env.CUDA_VISIBLE_DEVICES);
}

/** The job, told which GPU it has. */
export function withGpu(job: Job, { gpu }: Slot): Job {
  return job.engine === undefined || gpu === undefined ? job : { ...job, engine: { ...job.engine, gpu } };
}
