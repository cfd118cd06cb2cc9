import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { PipeError, exitCodes } from '../errors.ts';
import { fieldsOf, openText, sealText } from './checked-text.ts';
import { entries } from './entries.ts';
import { codeOf } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { writeInto } from './move-into.ts';
import { isRunning, machine, startOf } from './process-start.ts';

/** A run on another machine that has not shown itself for this long has ended, in milliseconds. */
export const silence = 60_000;
export const heartbeatMilliseconds = 15_000;

/** What `runs/<run>` says. */
export interface RunFacts {
  readonly run: string;
  readonly host: string;
  readonly machine: string;
  readonly pid: number;
  readonly start: string;
  /** Milliseconds since 1970, by the clock of the run's host. */
  readonly startedAt: number;
}

/** This process's place in `runs/`. */
export interface Registration {
  readonly run: string;
  /** Shows that this run lives, and mends its file. */
  beat(): void;
  /** Now, by the clock of the file system, in milliseconds. */
  now(): number;
  end(): void;
}

/** Writes `runs/<run>`. Throws a PipeError when a living run has this name. */
export function register(layout: Layout, run: string): Registration {
  if (!/^[A-Za-z0-9_][\w.-]{0,100}$/.test(run)) throw new Error(`'${run}' cannot be the name of a run`);
  const path = `${layout.runs}/${run}`;
  const text = sealText({
    run,
    host: hostname(),
    machine,
    pid: process.pid,
    start: startOf(process.pid) ?? '',
    startedAt: Date.now(),
  });
  const create = (): void => {
    // Written where `gc` finds it, should we be killed before the rename.
    writeInto(layout, `${layout.scratch}/.${run}`, path, text);
  };
  const beat = (): void => {
    try {
      rewrite(path, text);
    } catch (error) {
      // Another machine took us for dead, after a minute's sleep perhaps.
      if (codeOf(error) === 'ENOENT') create();
    }
  };
  if (isAlive(layout, run, Date.now)) throw nameTaken(run);
  create();
  return {
    run,
    beat,
    now: () => {
      beat();
      return statSync(path).mtimeMs;
    },
    end: () => rmSync(path, { force: true }),
  };
}

/** In place, so that the leases, which are links to this file, are mended with it. */
function rewrite(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, text, 0);
    ftruncateSync(file, Buffer.byteLength(text));
  } finally {
    closeSync(file);
  }
}

/** Entries of `runs/` by the run that they stand for; `~` parts it from the run that cleans up after it. */
export function runEntries(
  layout: Layout,
): readonly { readonly entry: string; readonly run: string; readonly cleaner?: string }[] {
  return entries(layout.runs).map(({ name: entry }) => {
    const [run = entry, cleaner] = entry.split('~');
    return { entry, run, ...(cleaner !== undefined && { cleaner }) };
  });
}

/**
 * Whether a run lives. On this machine its process says; on another its heartbeat, against `now` by the file system's clock.
 * A file that cannot be read is judged by its heartbeat too, since a living run mends it.
 */
export function isAlive(layout: Layout, run: string, now: () => number): boolean {
  const found = readRun(`${layout.runs}/${run}`);
  if (found === undefined) return false;
  const { facts, beatAt } = found;
  if (facts?.machine === machine) return isRunning(facts.pid, facts.start);
  return now() - beatAt < silence;
}

export function readRun(path: string): { readonly facts: RunFacts | undefined; readonly beatAt: number } | undefined {
  let file: number;
  try {
    // Opened, because NFS asks the server for fresh times then and only then.
    file = openSync(path, 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    return { facts: stats.isFile() ? factsFrom(readFileSync(file, 'utf8')) : undefined, beatAt: stats.mtimeMs };
  } finally {
    closeSync(file);
  }
}

export function factsFrom(text: string): RunFacts | undefined {
  const { run, host, machine: itsMachine, pid, start, startedAt } = fieldsOf(openText(text));
  if (typeof run !== 'string' || typeof host !== 'string' || typeof itsMachine !== 'string') return undefined;
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof startedAt !== 'number') return undefined;
  return { run, host, machine: itsMachine, pid, start, startedAt };
}

function nameTaken(run: string): PipeError {
  return new PipeError('run-exists', `A run named ${run} is on in this store.`, {
    exitCode: exitCodes.usage,
    advice: 'Wait for it to end, or give this run another name.',
  });
}
