import { type Executors, createExecutors } from './executors/index.ts';
import { type Slots, createSlots } from './slots.ts';

/** What runs in one process may share, so that together they take no more than the machine has: processes, cores, GPUs. */
export interface Crew {
  readonly jobs: number;
  readonly executors: Executors;
  readonly slots: Slots;
  /** Cancels what runs and returns when no process is left. */
  close(): Promise<void>;
}

/**
 * @param jobs how many tasks run at once
 * @param runId marks the processes: see `createExecutors`
 */
export function createCrew({ jobs, runId }: { readonly jobs: number; readonly runId: string }): Crew {
  const executors = createExecutors({ workers: jobs, runId });
  return {
    jobs,
    executors,
    slots: createSlots(jobs),
    close: () => executors.close(),
  };
}
