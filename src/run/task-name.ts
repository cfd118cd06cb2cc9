import { pointOf } from '../plan/task-access.ts';
import type { Task } from '../plan/graph-types.ts';
import type { TaskName } from './events.ts';

/** A task as events name it. */
export function describeTask(task: Task): TaskName {
  const item = task.stage.source?.items[task.item]?.id;
  return { stage: task.stage.node.name, ...(item !== undefined && { item }), point: pointOf(task) };
}
