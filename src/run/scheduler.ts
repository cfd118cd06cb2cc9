import { describeTask } from './task-name.ts';
import { taskJob } from '../plan/describe.ts';
import type { Graph } from '../plan/graph.ts';
import type { Task } from '../plan/graph-types.ts';
import { type SettleHooks, settle, settleAll } from '../plan/settle.ts';
import { commandType } from '../plan/stage-code.ts';
import type { ActionKey, Lease } from '../store/types.ts';
import type { RunEvent } from './events.ts';
import { skipDependents } from './failures.ts';
import { remake } from './heal.ts';
import type { Executor, JobAnswer, JobFailure } from './job.ts';
import { createReadyQueue } from './ready-queue.ts';

export interface SchedulerOptions {
  readonly executors: { readonly threads: Executor; readonly processes: Executor; readonly commands: Executor };
  /** How many tasks run at once. */
  readonly jobs: number;
  /** After a failure, still run whatever does not need what failed. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Why a task must run, for people. */
  readonly why: (task: Task) => string;
  readonly emit: (event: RunEvent) => void;
}

export interface RunCounts {
  cached: number;
  done: number;
  failed: number;
  skipped: number;
}

/** How often to look whether another run has finished what we wait for. */
const pollMilliseconds = 100;
/** Failures that another attempt may not have. */
const passing: ReadonlySet<JobFailure['reason']> = new Set(['threw', 'exit', 'memory', 'timeout']);

/**
 * Runs every task of the graph that is not recorded yet, and returns when nothing runs any more. A failed task is
 * counted; rejects only when the store itself cannot go on (PipeError), after everything that ran has ended.
 */
export async function runTasks(graph: Graph, options: SchedulerOptions): Promise<RunCounts> {
  const { emit, executors } = options;
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  const counts: RunCounts = { cached: 0, done: 0, failed: 0, skipped: 0 };
  const failures: JobFailure[] = [];
  const queue = createReadyQueue(new Map(graph.stages.map((stage, order) => [stage.node.name, order])));
  /** Tasks of this run that have the same key as a running one, and get its result. */
  const sharing = new Map<ActionKey, Task[]>();
  const elsewhere = new Map<Task, ActionKey>();
  let running = 0;
  let wake: () => void = () => undefined;

  const hooks: SettleHooks = {
    forced: options.forced,
    onExpanded: ({ node, tasks }) =>
      emit({ type: 'stage-planned', stage: node.name, uses: node.type.name, tasks: tasks.length }),
    onCached: (task) => {
      counts.cached += 1;
      emit({ type: 'task-cached', task: describeTask(task), key: keyOf(task), outputs: task.result?.outputs ?? {} });
    },
    onReady: (task) => queue.add(task),
  };

  const mayLaunch = (task: Task): boolean => {
    if (signal.aborted) return false;
    if (failures.length === 0 || options.keepGoing) return true;
    // Every bad file is worth a message at once; nothing else is begun.
    return task.stage.node.type.kind === 'map' && failures.every(({ reason }) => reason === 'data');
  };

  const launch = (task: Task): void => {
    const key = keyOf(task);
    const sharers = sharing.get(key);
    if (sharers !== undefined) {
      task.status = 'running';
      sharers.push(task);
      return;
    }
    const lease = graph.store.tryLease(key);
    if (lease === undefined) {
      elsewhere.set(task, key);
      return;
    }
    const recorded = options.forced.has(task.stage.node.name) ? undefined : graph.store.lookup(key);
    if (recorded !== undefined) {
      graph.store.release(lease);
      task.cached = true;
      settle(task, recorded, graph, hooks);
      hooks.onCached(task);
      return;
    }
    task.status = 'running';
    task.attempts += 1;
    sharing.set(key, []);
    running += 1;
    emit({ type: 'task-started', task: describeTask(task), key, why: options.why(task) });
    const started = performance.now();
    const { timeoutSeconds } = task.stage.node;
    void executorOf(task, executors)
      .run(taskJob(task, key, graph), {
        signal,
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
        onNote: (note) =>
          emit(
            note.type === 'log'
              ? { type: 'task-log', task: describeTask(task), message: note.message }
              : { type: 'task-progress', task: describeTask(task), figures: note.figures },
          ),
      })
      .then((answer) => finish(task, lease, answer, (performance.now() - started) / 1000))
      .catch((error: unknown) => broken.abort(error))
      .finally(() => {
        running -= 1;
        wake();
      });
  };

  const finish = (task: Task, lease: Lease, answer: JobAnswer, seconds: number): void => {
    const sharers = sharing.get(lease.key) ?? [];
    sharing.delete(lease.key);
    if (answer.status === 'failed') {
      graph.store.release(lease);
      fail(task, answer, sharers);
      return;
    }
    const result = graph.store.commit(lease, answer.outputs, seconds);
    for (const settled of [task, ...sharers]) {
      counts.done += 1;
      settle(settled, result, graph, hooks);
      emit({ type: 'task-done', task: describeTask(settled), key: lease.key, outputs: result.outputs, seconds });
    }
  };

  const fail = (task: Task, failure: JobFailure, sharers: readonly Task[]): void => {
    if (failure.reason === 'damaged' && remake(task, failure.digests ?? [], graph, hooks)) {
      for (const sharer of sharers) queue.add(sharer);
      return;
    }
    const retry = passing.has(failure.reason) && task.attempts <= task.stage.node.retries && !signal.aborted;
    if (failure.reason !== 'cancelled') {
      emit({ type: 'task-failed', task: describeTask(task), failure, attempt: task.attempts, willRetry: retry });
    }
    for (const again of retry ? [task, ...sharers] : []) queue.add(again);
    if (retry) return;
    if (failure.reason !== 'cancelled') failures.push(failure);
    for (const failed of [task, ...sharers]) {
      failed.status = 'failed';
      if (failure.reason !== 'cancelled') counts.failed += 1;
      counts.skipped += skipDependents(failed, emit);
    }
  };

  const checkElsewhere = (): void => {
    for (const task of elsewhere.keys()) {
      elsewhere.delete(task);
      launch(task);
    }
  };

  const launchAll = (): void => {
    try {
      while (running < options.jobs) {
        const task = queue.take(mayLaunch);
        if (task === undefined) break;
        launch(task);
      }
    } catch (error) {
      broken.abort(error);
    }
  };

  settleAll(graph, hooks);
  for (;;) {
    launchAll();
    const waiting = elsewhere.size > 0 && !signal.aborted;
    if (running === 0 && !waiting) {
      if (broken.signal.aborted) throw broken.signal.reason;
      return counts;
    }
    await new Promise<void>((resolve) => {
      const timer = waiting ? setTimeout(resolve, pollMilliseconds) : undefined;
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (waiting) checkElsewhere();
  }
}

function keyOf(task: Task): ActionKey {
  if (task.key === undefined) throw new Error('a task without a key cannot run');
  return task.key;
}

function executorOf(task: Task, executors: SchedulerOptions['executors']): Executor {
  const { node } = task.stage;
  if (node.type.name === commandType) return executors.commands;
  return node.isolate || node.type.isolate || node.type.engine ? executors.processes : executors.threads;
}
