import type { ActionResult } from '../store/types.ts';
import { taskKey } from './describe.ts';
import { expandStages } from './graph.ts';
import type { Graph, PlannedStage, Task } from './graph-types.ts';

export interface SettleHooks {
  /** Stages whose recorded results do not count. */
  readonly forced: ReadonlySet<string>;
  onExpanded(stage: PlannedStage): void;
  onCached(task: Task): void;
  /** A task whose inputs are known and whose result is not recorded. */
  onReady(task: Task): void;
}

/**
 * Gives every task that can have one its key, and settles those whose results are recorded; then what that makes
 * known, to the end. With nothing to do, this is the whole run.
 */
export function settleAll(graph: Graph, hooks: SettleHooks): void {
  for (;;) {
    const expanded = expandStages(graph);
    if (expanded.length === 0) return;
    // Tasks of all of them may be settled by what the first one frees.
    for (const stage of expanded) hooks.onExpanded(stage);
    for (const stage of expanded) {
      for (const task of stage.tasks)
        if (task.status === 'waiting' && task.pending === 0) settleFrom(task, graph, hooks);
    }
  }
}

/** Settles a task with its result, and then whatever waited for it. */
export function settle(task: Task, result: ActionResult, graph: Graph, hooks: SettleHooks): void {
  for (const freed of markSettled(task, result)) settleFrom(freed, graph, hooks);
  // A stage that has one task may be an axis of others.
  if (task.stage.tasks.length === 1) settleAll(graph, hooks);
}

function settleFrom(first: Task, graph: Graph, hooks: SettleHooks): void {
  const freed = [first];
  for (let task = freed.pop(); task !== undefined; task = freed.pop()) {
    task.key = taskKey(task, graph);
    const recorded = hooks.forced.has(task.stage.node.name) ? undefined : graph.store.lookup(task.key);
    if (recorded === undefined) {
      task.status = 'ready';
      hooks.onReady(task);
      continue;
    }
    task.cached = true;
    freed.push(...markSettled(task, recorded));
    hooks.onCached(task);
  }
}

/** Returns the tasks that waited for this one alone. */
function markSettled(task: Task, result: ActionResult): Task[] {
  task.status = 'settled';
  task.result = result;
  const { dependents = [] } = task;
  task.dependents = undefined;
  return dependents.filter((dependent) => {
    dependent.pending -= 1;
    return dependent.pending === 0 && dependent.status === 'waiting';
  });
}
