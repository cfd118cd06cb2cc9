import type { MatrixPoint } from '../stage/index.ts';
import type { PlannedStage, Task } from './graph-types.ts';

/** The source of a stage's items: a source's own. */
export const itemSource = (stage: PlannedStage): PlannedStage | undefined =>
  stage.node.type.kind === 'source' ? stage : stage.source;

/** A stage's task at a matrix point, for an item where it maps over items. */
export function taskAt(stage: PlannedStage, pointIndex: number, item: number): Task {
  const index = stage.source === undefined ? pointIndex : pointIndex * stage.source.items.length + item;
  const task = stage.tasks[index];
  if (task === undefined) throw new Error(`${stage.node.name} has no task at point ${pointIndex}, item ${item}`);
  return task;
}

/** The matrix point of a task. */
export const pointOf = (task: Task): MatrixPoint => task.stage.points?.[task.pointIndex] ?? {};
