import { taskJob } from '../plan/describe.ts';
import type { Graph, Task } from '../plan/graph-types.ts';
import { settleAll } from '../plan/settle.ts';
import type { Lease } from '../store/types.ts';
import type { RunEvent, TaskName } from './events.ts';
import { executorOf } from './executor-of.ts';
import { watchGate } from './gate.ts';
import { hasInputs } from './heal.ts';
import type { JobNote } from './job.ts';
import { type RunCounts, type Schedule, type SchedulerOptions, createSchedule, keyOf } from './schedule.ts';
import { withGpu } from './slots.ts';
import { finish, settleShared } from './task-end.ts';
import { describeTask } from './task-name.ts';

/** How often to look whether another run has finished what we wait for. */
const pollMilliseconds = 100;

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
    if (schedule.running === 0 && waiting) tellWaiting(schedule);
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

/** Something could be begun, and is not because the run is paused. */
const isHeld = ({ gate, queue, signal }: Schedule): boolean =>
  gate?.isClosed === true && queue.size > 0 && !signal.aborted;

/** A run that does nothing itself would look as if it hung: a word for each stage that it waits with. */
function tellWaiting({ elsewhere, waitingStages, graph, emit }: Schedule): void {
  for (const task of elsewhere) {
    const stage = task.stage.node.name;
    if (waitingStages.has(stage)) continue;
    const run = graph.store.leaseHolder(keyOf(task));
    if (run === undefined || run === graph.store.run) continue;
    waitingStages.add(stage);
    emit({ type: 'waiting-for-run', task: describeTask(task), run });
  }
}

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
  const { graph, sharing, elsewhere, remade } = schedule;
  if (remade.size > 0 && !hasInputs(task, schedule)) return;
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
  // Before anything is counted that only the end of the task takes back: a full disk may throw here.
  const job = taskJob(task, lease.key, graph);
  const why = schedule.why(task);
  const slot = slots.take(task);
  task.status = 'running';
  task.attempts += 1;
  schedule.sharing.set(lease.key, []);
  schedule.running += 1;
  const name = describeTask(task);
  emit({ type: 'task-started', task: name, key: lease.key, why });
  const started = performance.now();
  const { timeoutSeconds } = task.stage.node;
  executorOf(task, schedule.executors)
    .run(withGpu(job, slot), {
      signal,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      onNote: (note) => emit(noteEvent(name, note)),
    })
    .then((answer) => finish(task, lease, answer, (performance.now() - started) / 1000, schedule))
    .catch((error: unknown) => schedule.broken.abort(error))
    .finally(() => {
      slots.giveBack(slot);
      schedule.running -= 1;
      schedule.wake();
    });
}

function noteEvent(task: TaskName, note: JobNote): RunEvent {
  return note.type === 'log'
    ? { type: 'task-log', task, message: note.message }
    : { type: 'task-progress', task, figures: note.figures };
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
