import type { LiveEvent } from '../experiment/live-events.ts';
import type { RunEvent, TaskName } from '../run/events.ts';
import type { EventTail } from './event-tail.ts';
import type { TaskModel } from './task-model.ts';

/** Counts of one stage's tasks. `cached` were there before; the rest is still to come. */
export interface StageModel {
  readonly name: string;
  readonly kind: 'source' | 'map' | 'reduce';
  readonly engine: string | undefined;
  /** Items, for a source. */
  readonly tasks: number;
  cached: number;
  running: number;
  done: number;
  failed: number;
  skipped: number;
  /** Milliseconds since 1970: when the first of its tasks began, and when the last one was over. */
  startedAt: number | undefined;
  endedAt: number | undefined;
  /** Seconds of all tasks that are done, added up. */
  taskSeconds: number;
}

export type ModelStatus = 'running' | 'done' | 'failed' | 'interrupted';

/** All that is shown of a run, gathered from its events. Times are milliseconds since 1970. */
export interface RunModel {
  pipeline: string;
  run: string;
  status: ModelStatus;
  startedAt: number | undefined;
  endedAt: number | undefined;
  paused: boolean;
  /** Most tasks that ran at once. */
  width: number;
  readonly stages: Map<string, StageModel>;
  /** By title. */
  readonly live: Map<string, TaskModel>;
  /** The live ones once more, for events that name them by the same object. */
  readonly byName: WeakMap<TaskName, TaskModel>;
  /** Tasks that failed and wait for another attempt, by title. */
  readonly again: Map<string, TaskModel>;
  /** Tasks that are over and worth a look, oldest first. */
  readonly ended: TaskModel[];
  readonly tail: EventTail;
  /** Counts up with every change. */
  version: number;
  apply(event: RunEvent | LiveEvent, at?: number): void;
  /** Something to tell the person who watches. */
  note(text: string): void;
}

/** Seconds since the run began. */
export const secondsInto = ({ startedAt }: RunModel, at: number): number =>
  startedAt === undefined ? 0 : Math.max(0, (at - startedAt) / 1000);

/** Tasks of a stage that are over, one way or another. */
export const settledCount = ({ cached, done, failed, skipped }: StageModel): number => cached + done + failed + skipped;

export const isComplete = (stage: StageModel): boolean => stage.kind === 'source' || settledCount(stage) >= stage.tasks;
