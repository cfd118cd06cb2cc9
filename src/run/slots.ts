import type { Task } from '../plan/graph-types.ts';

/** The cores and GPUs that the tasks of a run share. */
export interface Slots {
  /** Whether there is room for a task now. One that asks for more cores than there are gets them all. */
  fits(task: Task): boolean;
  take(task: Task): Slot;
  giveBack(slot: Slot): void;
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
  const freeGpus = [...gpus];
  const coresOf = ({ stage }: Task) => Math.min(cores, stage.code.engine?.threads ?? 1);
  const needsGpu = ({ stage }: Task) => (stage.code.engine?.gpus ?? 0) > 0;
  return {
    fits: (task) => coresOf(task) <= free && (!needsGpu(task) || freeGpus.length > 0),
    take(task) {
      const slot = { cores: coresOf(task), gpu: needsGpu(task) ? freeGpus.shift() : undefined };
      free -= slot.cores;
      return slot;
    },
    giveBack({ cores: returned, gpu }) {
      free += returned;
      if (gpu !== undefined) freeGpus.unshift(gpu);
    },
  };
}

/** Names of so many GPUs: those that the user allows by CUDA_VISIBLE_DEVICES, else by number. */
export function gpuNames(count: number, visible: string | undefined): string[] {
  const allowed = visible?.split(',').filter((name) => name.trim() !== '');
  return allowed !== undefined && allowed.length > 0
    ? allowed
    : Array.from({ length: count }, (_, index) => `${index}`);
}
