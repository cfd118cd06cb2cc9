import type { Task } from '../plan/graph-types.ts';
import { placeOf } from '../plan/place-of.ts';
import type { Executor } from './job.ts';

export interface Executors {
  readonly workers: Executor;
  readonly processes: Executor;
  readonly commands: Executor;
}

/** The executor for a task's place. */
export function executorOf(task: Task, { workers, processes, commands }: Executors): Executor {
  return { worker: workers, process: processes, command: commands }[placeOf(task.stage.node)];
}
