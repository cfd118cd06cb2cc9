import type { StageNode } from '../spec/types.ts';
import type { Task } from './graph-types.ts';

/** The stage as if it were not told to pause; undefined for one that cannot. */
export function neverPausing(node: StageNode): StageNode | undefined {
  const { pausable } = node.type;
  if (pausable === undefined) return undefined;
  return {
    ...node,
    params(point) {
      const { [pausable.by]: _, ...rest } = node.params(point);
      return rest;
    },
  };
}

/** The task whose key is that of the checkpoint. */
export const unpausedTask = (task: Task): Task => ({
  ...task,
  stage: { ...task.stage, digests: task.stage.checkpointDigests ?? task.stage.digests },
});
