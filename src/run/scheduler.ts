import { taskJob } from '../plan/describe.ts';
import type { Graph, Task } from '../plan/graph-types.ts';
import { type SettleHooks, settle, settleAll } from '../plan/settle.ts';
import type { ActionKey, ActionResult, Lease } from '../store/types.ts';
import type { RunEvent } from './events.ts';
import { type Executors, executorOf } from './executor-of.ts';
import { skipDependents, withSourceFile } from './failures.ts';
import { type Gate, watchGate } from './gate.ts';
import { remake } from './heal.ts';
import type { JobAnswer, JobFailure, JobNote } from './job.ts';
import { type ReadyQueue, createReadyQueue } from './ready-queue.ts';
import { type Slots, withGpu } from './slots.ts';
import { describeTask } from './task-name.ts';

export interface SchedulerOptions {
  readonly executors: Executors;
  /** How many tasks run at once. */
  readonly jobs: number;
  /** Other runs may share them. */
  readonly slots: Slots;
  /** After a failure, still run whatever does not need what failed. */
  readonly keepGoing: boolean;
  readonly forced: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** While it is closed, nothing is begun. */
  readonly gate?: Gate;
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

/** A run in progress. */
interface Schedule extends SchedulerOptions {
  readonly graph: Graph;
  readonly hooks: SettleHooks;
  readonly counts: RunCounts;
  readonly queue: ReadyQueue;
  readonly failures: JobFailure[];
  /** By the key of a running task: tasks of this run that have the same key and get its result. */
  readonly sharing: Map<ActionKey, Task[]>;
  /** Tasks that another living run computes. */
  readonly elsewhere: Set<Task>;
  /** Aborted when the store cannot go on. */
  readonly broken: AbortController;
  running: number;
  /** A task waits for a slot that another run has. */
  starved: boolean;
  wake: () => void;
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
  const schedule = createSchedule(graph, options);
  settleAll(graph, schedule.hooks);
  const unwatch = watchGate(schedule, () => schedule.wake());
  const unlisten = schedule.slots.onGivenBack(() => schedule.wake());
  for (;;) {
    launchReady(schedule);
    const waiting = schedule.elsewhere.size > 0 && !schedule.signal.aborted;
    if (schedule.running === 0 && !waiting && !schedule.starved && !isHeld(schedule)) break;
    await somethingEnds(schedule, waiting);
    for (const task of waiting ? [...schedule.elsewhere] : []) {
      schedule.elsewhere.delete(task);
      schedule.queue.add(task);
    }
  }
  unwatch();
  unlisten();
  if (schedule.broken.signal.aborted) throw schedule.broken.signal.reason;
  schedule.counts.skipped += schedule.queue.size;
  return schedule.counts;
}

function createSchedule(graph: Graph, options: SchedulerOptions): Schedule {
  const { emit, forced } = options;
  const counts: RunCounts = { cached: 0, done: 0, failed: 0, skipped: 0 };
  const queue = createReadyQueue(new Map(graph.stages.map((stage, order) => [stage.node.name, order])));
  const broken = new AbortController();
  const hooks: SettleHooks = {
    forced,
    onExpanded: ({ node, tasks, code: { engine } }) =>
      emit({
        type: 'stage-planned',
        stage: node.name,
        uses: node.type.name,
        kind: node.type.kind,
        tasks: tasks.length,
        ...(engine && { engine: engine.name }),
      }),
    onCached: (task) => {
      counts.cached += 1;
      emit({ type: 'task-cached', task: describeTask(task), key: keyOf(task), outputs: task.result?.outputs ?? {} });
    },
    onReady: (task) => queue.add(task),
  };
  return {
    ...options,
    signal: AbortSignal.any([options.signal, broken.signal]),
    graph,
    hooks,
    counts,
    queue,
    failures: [],
    sharing: new Map(),
    elsewhere: new Set(),
    broken,
    running: 0,
    starved: false,
    wake: () => undefined,
  };
}

/** Something could be begun, and is not because the run is paused. */
const isHeld = ({ gate, queue, signal }: Schedule): boolean =>
  gate?.isClosed === true && queue.size > 0 && !signal.aborted;

function launchReady(schedule: Schedule): void {
  schedule.starved = false;
  try {
    while (schedule.running < schedule.jobs && schedule.gate?.isClosed !== true) {
      const task = takeFitting(schedule);
      if (task === undefined) return;
      launch(task, schedule);
    }
  } catch (error) {
    schedule.broken.abort(error);
  }
}

/** Later stages first: a task that waits for several cores holds back those behind it, or it would wait for ever. */
function takeFitting(schedule: Schedule): Task | undefined {
  const { queue, slots } = schedule;
  let isFull = false;
  return queue.take((candidate) => {
    if (isFull || !mayLaunch(candidate, schedule)) return false;
    isFull = slots.lacksCores(candidate);
    const mustWait = isFull || slots.lacksGpu(candidate);
    schedule.starved ||= mustWait;
    return !mustWait;
  });
}

function mayLaunch(task: Task, { signal, failures, keepGoing }: Schedule): boolean {
  if (signal.aborted) return false;
  if (failures.length === 0 || keepGoing) return true;
  // Every bad file is worth a message at once; nothing else is begun.
  return task.stage.node.type.kind === 'map' && failures.every(({ reason }) => reason === 'data');
}

function launch(task: Task, schedule: Schedule): void {
  const { graph, sharing, elsewhere } = schedule;
  const key = keyOf(task);
  const sharers = sharing.get(key);
  if (sharers !== undefined) {
    task.status = 'running';
    sharers.push(task);
    return;
  }
  const lease = graph.store.tryLease(key);
  if (lease === undefined) {
    elsewhere.add(task);
    return;
  }
  const recorded = schedule.forced.has(task.stage.node.name) ? undefined : graph.store.lookup(key);
  if (recorded === undefined) {
    start(task, lease, schedule);
    return;
  }
  // Another run, or another task of this one, has computed it in the meantime.
  graph.store.release(lease);
  settleShared(task, recorded, schedule);
}

function start(task: Task, lease: Lease, schedule: Schedule): void {
  const { graph, emit, signal, slots } = schedule;
  const slot = slots.take(task);
  task.status = 'running';
  task.attempts += 1;
  schedule.sharing.set(lease.key, []);
  schedule.running += 1;
  emit({ type: 'task-started', task: describeTask(task), key: lease.key, why: schedule.why(task) });
  const started = performance.now();
  const { timeoutSeconds } = task.stage.node;
  executorOf(task, schedule.executors)
    .run(withGpu(taskJob(task, lease.key, graph), slot), {
      signal,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      onNote: (note) => emit(noteEvent(task, note)),
    })
    .then((answer) => finish(task, lease, answer, (performance.now() - started) / 1000, schedule))
    .catch((error: unknown) => schedule.broken.abort(error))
    .finally(() => {
      slots.giveBack(slot);
      schedule.running -= 1;
      schedule.wake();
    });
}

function noteEvent(task: Task, note: JobNote): RunEvent {
  return note.type === 'log'
    ? { type: 'task-log', task: describeTask(task), message: note.message }
    : { type: 'task-progress', task: describeTask(task), figures: note.figures };
}

function finish(task: Task, lease: Lease, answer: JobAnswer, seconds: number, schedule: Schedule): void {
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
function settleShared(task: Task, result: ActionResult, { graph, hooks }: Schedule): void {
  task.cached = true;
  task.result = result;
  hooks.onCached(task);
  settle(task, result, graph, hooks);
}

/** `tasks` are the one that ran and those that share its key. */
function fail(tasks: readonly Task[], failure: JobFailure, schedule: Schedule): void {
  const { graph, hooks, counts, queue, emit } = schedule;
  const [task, ...sharers] = tasks;
  if (task === undefined) return;
  if (failure.reason === 'damaged' && remake(task, failure.digests ?? [], graph, hooks)) {
    for (const sharer of sharers) queue.add(sharer);
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

function somethingEnds(schedule: Schedule, waiting: boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = waiting ? setTimeout(resolve, pollMilliseconds) : undefined;
    schedule.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function keyOf(task: Task): ActionKey {
  if (task.key === undefined) throw new Error('a task without a key cannot run');
  return task.key;
}
