import type { RunEvent } from '../run/events.ts';
import { type Curve, extendCurves } from './curves.ts';
import { harmless } from './harmless.ts';

/** A task that runs, or ran and is worth a look. */
export interface TaskModel {
  readonly title: string;
  readonly stage: string;
  /** Milliseconds since 1970, as all times here. */
  startedAt: number;
  endedAt: number | undefined;
  /** `stopped`: the run ended before it did. */
  status: 'running' | 'done' | 'failed' | 'stopped';
  readonly why: string;
  readonly key: string;
  attempt: number;
  figures: Readonly<Record<string, number>>;
  readonly curves: Map<string, Curve>;
  /** When it told its first figures and its last, with the epochs that it had then: so fast it goes. */
  pace: { readonly since: number; readonly epoch: number; at: number } | undefined;
  readonly log: string[];
  /** Lines that the log has lost at its beginning. */
  lostLines: number;
  failure: Failure | undefined;
}

export type Failure = Extract<RunEvent, { type: 'task-failed' }>['failure'];

const mostLogLines = 1000;

export function createTask(
  { task, key, why }: Extract<RunEvent, { type: 'task-started' }>,
  title: string,
  at: number,
): TaskModel {
  return {
    title,
    stage: task.stage,
    startedAt: at,
    endedAt: undefined,
    status: 'running',
    why: harmless(why),
    key,
    attempt: 1,
    figures: {},
    curves: new Map(),
    pace: undefined,
    log: [],
    lostLines: 0,
    failure: undefined,
  };
}

export function addFigures(task: TaskModel | undefined, figures: Readonly<Record<string, number>>, at: number): void {
  if (task === undefined) return;
  task.figures = figures;
  extendCurves(task.curves, figures);
  const { epoch } = figures;
  if (epoch === undefined) return;
  if (task.pace === undefined || epoch < task.pace.epoch) task.pace = { since: at, epoch, at };
  else task.pace.at = at;
}

export function addLog(task: TaskModel, message: string): void {
  task.log.push(harmless(message));
  if (task.log.length <= mostLogLines) return;
  task.log.shift();
  task.lostLines += 1;
}

/** Epochs a second, of a training that has told at least two; undefined for other tasks. */
export function epochsPerSecond({ pace, figures }: TaskModel): number | undefined {
  if (pace === undefined || figures.epoch === undefined || pace.at <= pace.since) return undefined;
  return (figures.epoch - pace.epoch) / ((pace.at - pace.since) / 1000);
}

/** Seconds until a training has had all its epochs, unless it stops early. */
export function secondsLeft(task: TaskModel, now: number): number | undefined {
  const rate = epochsPerSecond(task);
  const { epoch, epochs } = task.figures;
  if (rate === undefined || rate === 0 || epoch === undefined || epochs === undefined) return undefined;
  return Math.max(0, (epochs - epoch) / rate - (now - (task.pace?.at ?? now)) / 1000);
}

/** It failed, was trained or said something. */
export const isNotable = ({ status, curves, log }: TaskModel): boolean =>
  status === 'failed' || status === 'stopped' || curves.size > 0 || log.length > 0;
