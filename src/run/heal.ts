import { taskKey } from '../plan/describe.ts';
import type { Graph, Task } from '../plan/graph-types.ts';
import { neededTasks } from '../plan/graph.ts';
import type { Digest, Store } from '../store/types.ts';
import { hashFile } from './executors/whole-file.ts';
import { skipDependents } from './failures.ts';
import type { Schedule } from './schedule.ts';

/** What is damaged more often than this within one run will be damaged again. */
const remakesAtMost = 3;

/**
 * After a task found inputs damaged: sets them aside, and has the tasks that made them run again. These keep their results until
 * then, by which whoever finds the same damage later knows them. False when nothing can be done; else the task may be queued again.
 */
export function remake(task: Task, damaged: readonly Digest[], { graph, hooks, remade }: Schedule): boolean {
  const makers = makersOf(task, damaged, graph);
  if (makers.size === 0) return false;
  // One that read it long ago may tell when it has been made again.
  const lost = damaged.filter((digest) => !isWhole(digest, graph.store));
  const again = [...makers].filter((maker) => maker.status === 'settled' && makes(maker, lost));
  if (again.some((maker) => (remade.get(maker) ?? 0) >= remakesAtMost)) return false;
  for (const digest of lost) graph.store.discard(digest, 'its bytes are not what was recorded');
  for (const maker of again) {
    remade.set(maker, (remade.get(maker) ?? 0) + 1);
    maker.status = 'ready';
    maker.attempts = 0;
    hooks.onReady(maker);
  }
  return true;
}

/** Those of the needed tasks that made one of these; without what was taken from a record, which nothing here can make again. */
function makersOf(task: Task, digests: readonly Digest[], graph: Graph): ReadonlySet<Task> {
  const makers = new Set<Task>();
  for (const needed of neededTasks(task, graph))
    if (needed.key !== undefined && makes(needed, digests)) makers.add(needed);
  return makers;
}

const makes = ({ result }: Task, digests: readonly Digest[]): boolean =>
  Object.values(result?.outputs ?? {}).some(({ digest }) => digests.includes(digest));

function isWhole(digest: Digest, store: Store): boolean {
  try {
    return hashFile(store.objectPath(digest)).digest === digest;
  } catch {
    return false;
  }
}

/**
 * In a run that makes something again: whether all that a task needs is there. If not, it waits again, or is skipped where that
 * failed. Its key is made anew, since what was made again may have other bytes.
 */
export function hasInputs(task: Task, { graph, counts, emit }: Schedule): boolean {
  const missing = [...neededTasks(task, graph)].filter(({ status }) => status !== 'settled');
  if (missing.length === 0) {
    task.key = taskKey(task, graph);
    return true;
  }
  task.status = 'waiting';
  task.pending = missing.length;
  for (const needed of missing) (needed.dependents ??= []).push(task);
  const failed = missing.find(({ status }) => status === 'failed' || status === 'skipped');
  if (failed !== undefined) counts.skipped += skipDependents(failed, emit);
  return false;
}
