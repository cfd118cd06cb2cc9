import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { reaperMarker, runMarker, taskMarker } from './processes.ts';

/** A small process that outlives this one by a moment, to kill the run's processes when this one dies in any way. */
export interface Reaper {
  /** Starts it, if it does not run. Before the first child. */
  start(): void;
  /** Tells it about a process group of the run. */
  add(group: number): void;
  /** The group is known to be empty, so that its number may be used by others. */
  remove(group: number): void;
  /** Whether there ever was a reason to start it. */
  readonly used: boolean;
  /** Lets it go, when none of the run's processes are left. */
  close(): Promise<void>;
}

/** `program` is the bundled `reaper.js`. */
export function createReaper(program: string, runId: string): Reaper {
  const groups = new Set<number>();
  let running: ChildProcessByStdio<Writable, null, null> | undefined;
  let used = false;
  let closing = false;
  const send = (line: string): void => {
    running?.stdin.write(`${line}\n`);
  };
  const start = (): void => {
    if (running !== undefined || closing) return;
    const started = spawn(process.execPath, [program, runId], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: reaperEnvironment(),
    });
    running = started;
    used = true;
    // A reaper that someone killed is replaced; what fails until then is no failure of ours.
    started.on('error', () => {
      running = undefined;
    });
    started.stdin.on('error', () => undefined);
    started.on('exit', () => {
      running = undefined;
      if (groups.size > 0) start();
    });
    // Neither it nor the pipe to it must keep this process alive.
    started.unref();
    if (started.stdin instanceof Socket) started.stdin.unref();
    for (const group of groups) send(`+${group}`);
  };
  return {
    start,
    get used() {
      return used;
    },
    add(group) {
      groups.add(group);
      send(`+${group}`);
    },
    remove(group) {
      groups.delete(group);
      send(`-${group}`);
    },
    async close() {
      closing = true;
      const last = running;
      if (last === undefined) return;
      last.ref();
      const ended = once(last, 'exit');
      last.stdin.end('quit\n');
      await ended;
    },
  };
}

function reaperEnvironment(): NodeJS.ProcessEnv {
  // It belongs to no run, and must not load what others of our programs are told to load.
  const foreign: readonly string[] = [runMarker, taskMarker, 'NODE_OPTIONS'];
  const kept = Object.entries(process.env).filter(([name]) => !foreign.includes(name));
  return { ...Object.fromEntries(kept), [reaperMarker]: '1' };
}
