import type { Graph, Task } from '../plan/graph-types.ts';
import { neededTasks } from '../plan/graph.ts';
import type { SettleHooks } from '../plan/settle.ts';
import type { Digest } from '../store/types.ts';

/**
 * After a task found inputs damaged: sets them aside, and has the tasks that made them run again before it.
 * False when none of them is known, so that nothing can be done.
 */
export function remake(task: Task, damaged: readonly Digest[], graph: Graph, hooks: SettleHooks): boolean {
  const digests = new Set<string>(damaged);
  const makers = new Set<Task>();
  for (const needed of neededTasks(task, graph)) {
    const made = Object.values(needed.result?.outputs ?? {}).some(({ digest }) => digests.has(digest));
    // What was taken from a record has no key: nothing here can make it again.
    if (made && needed.key !== undefined) makers.add(needed);
  }
  if (makers.size === 0) return false;
  for (const digest of damaged) graph.store.discard(digest, 'its bytes are not what was recorded');
  task.status = 'waiting';
  for (const maker of makers) {
    task.pending += 1;
    (maker.dependents ??= []).push(task);
    if (maker.status !== 'settled') continue;
    maker.status = 'ready';
    maker.result = undefined;
    hooks.onReady(maker);
  }
  return true;
}
