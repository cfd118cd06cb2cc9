import type { Task } from '../plan/graph-types.ts';
import type { RunEvent } from './events.ts';
import { describeTask } from './task-name.ts';

/** Marks everything that waits for a failed task, directly or not, as skipped; returns how many those are. */
export function skipDependents(failed: Task, emit: (event: RunEvent) => void): number {
  let skipped = 0;
  const affected = [...(failed.dependents ?? [])];
  for (let task = affected.pop(); task !== undefined; task = affected.pop()) {
    if (task.status !== 'waiting') continue;
    task.status = 'skipped';
    skipped += 1;
    emit({ type: 'task-skipped', task: describeTask(task), because: describeTask(failed) });
    affected.push(...(task.dependents ?? []));
  }
  return skipped;
}
