import type { Task } from '../plan/graph-types.ts';
import type { RunEvent } from './events.ts';
import type { JobFailure } from './job.ts';
import { describeTask } from './task-name.ts';

/** Names the file of the corpus that an item's bad data come from, however many stages later they are found. */
export function withSourceFile(failure: JobFailure, { stage, item }: Task): JobFailure {
  if (failure.reason !== 'data' || failure.file !== undefined) return failure;
  const [file, ...others] = Object.values(stage.source?.items[item]?.files ?? {});
  return file === undefined || others.length > 0 ? failure : { ...failure, file: file.path };
}

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
