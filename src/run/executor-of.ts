import type { Task } from '../plan/graph-types.ts';
import { commandType } from '../spec/command-stage-info.ts';
import type { Executor } from './job.ts';

export interface Executors {
  readonly workers: Executor;
  readonly processes: Executor;
  readonly commands: Executor;
}

/** Training and whatever may take the process down with it runs in a process of its own. */
export function executorOf(task: Task, executors: Executors): Executor {
  const { node } = task.stage;
  if (node.type.name === commandType) return executors.commands;
  return node.isolate || node.type.isolate || node.type.engine ? executors.processes : executors.workers;
}
