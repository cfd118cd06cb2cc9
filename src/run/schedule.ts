import type { Graph, Task } from '../plan/graph-types.ts';
import type { SettleHooks } from '../plan/settle.ts';
import type { ActionKey } from '../store/types.ts';
import type { RunEvent } from './events.ts';
import type { Executors } from './executor-of.ts';
import type { Gate } from './gate.ts';
import type { JobFailure } from './job.ts';
import { type ReadyQueue, createReadyQueue } from './ready-queue.ts';
import type { Slots } from './slots.ts';
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
export interface Schedule extends SchedulerOptions {
  readonly graph: Graph;
  readonly hooks: SettleHooks;
  readonly counts: RunCounts;
  readonly queue: ReadyQueue;
  readonly failures: JobFailure[];
  /** Tasks that had to run again, because what they had made was damaged, and how often. */
  readonly remade: Map<Task, number>;
  /** By the key of a running task: tasks of this run that have the same key and get its result. */
  readonly sharing: Map<ActionKey, Task[]>;
  /** Tasks that another living run computes. */
  readonly elsewhere: Set<Task>;
  /** Names of stages of which was said that they wait for another run. */
  readonly waitingStages: Set<string>;
  /** Aborted when the store cannot go on. */
  readonly broken: AbortController;
  running: number;
  /** A task waits for a slot that another run has. */
  starved: boolean;
  wake: () => void;
}

export function createSchedule(graph: Graph, options: SchedulerOptions): Schedule {
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
    remade: new Map(),
    sharing: new Map(),
    elsewhere: new Set(),
    waitingStages: new Set(),
    broken,
    running: 0,
    starved: false,
    wake: () => undefined,
  };
}

export function keyOf(task: Task): ActionKey {
  if (task.key === undefined) throw new Error('a task without a key cannot run');
  return task.key;
}
