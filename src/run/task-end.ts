import type { Task } from '../plan/graph-types.ts';
import { settle } from '../plan/settle.ts';
import type { ActionResult, Lease } from '../store/types.ts';
import { skipDependents, withSourceFile } from './failures.ts';
import { remake } from './heal.ts';
import type { JobAnswer, JobFailure } from './job.ts';
import type { Schedule } from './schedule.ts';
import { describeTask } from './task-name.ts';

/** Failures that another attempt may not have. */
const passing: ReadonlySet<JobFailure['reason']> = new Set(['threw', 'exit', 'memory', 'timeout']);

/** Commits what a task has made, or counts its failure; frees whatever waited for it. */
export function finish(task: Task, lease: Lease, answer: JobAnswer, seconds: number, schedule: Schedule): void {
  const { graph, hooks, counts, emit } = schedule;
  const sharers = schedule.sharing.get(lease.key) ?? [];
  schedule.sharing.delete(lease.key);
  if (answer.status === 'failed') {
    graph.store.release(lease);
    fail([task, ...sharers], withSourceFile(answer, task), schedule);
    return;
  }
  const result = graph.store.commit(lease, answer.outputs, seconds);
  counts.done += 1;
  emit({ type: 'task-done', task: describeTask(task), key: lease.key, outputs: result.outputs, seconds });
  settle(task, result, graph, hooks);
  for (const sharer of sharers) settleShared(sharer, result, schedule);
}

/** Settles a task with a result that another one has made. */
export function settleShared(task: Task, result: ActionResult, { graph, hooks }: Schedule): void {
  task.cached = true;
  task.result = result;
  hooks.onCached(task);
  settle(task, result, graph, hooks);
}

/** `tasks` are the one that ran and those that share its key. */
function fail(tasks: readonly Task[], failure: JobFailure, schedule: Schedule): void {
  const { counts, queue, emit } = schedule;
  const [task] = tasks;
  if (task === undefined) return;
  if (failure.reason === 'damaged' && remake(task, failure.digests ?? [], schedule)) {
    // It was not tried yet.
    task.attempts -= 1;
    for (const again of tasks) queue.add(again);
    return;
  }
  if (failure.reason === 'cancelled') return;
  const retry = passing.has(failure.reason) && task.attempts <= task.stage.node.retries && !schedule.signal.aborted;
  emit({ type: 'task-failed', task: describeTask(task), failure, attempt: task.attempts, willRetry: retry });
  if (retry) {
    for (const again of tasks) queue.add(again);
    return;
  }
  schedule.failures.push(failure);
  for (const failed of tasks) {
    failed.status = 'failed';
    counts.failed += 1;
    counts.skipped += skipDependents(failed, emit);
  }
}
