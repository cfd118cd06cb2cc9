import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
  let running: ChildProcess | undefined;
  let used = false;
  let closing = false;
  const send = (line: string): void => {
    running?.stdin?.write(`${line}\n`);
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
    // A reaper that someone killed is replaced at the next child; until then these are no failures of ours.
    started.on('error', () => undefined);
    started.stdin?.on('error', () => undefined);
    started.on('exit', () => {
      if (running === started) running = undefined;
      if (groups.size > 0) start();
    });
    started.unref();
    unrefStream(started.stdin);
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
      if (last === undefined || last.exitCode !== null || last.signalCode !== null || last.pid === undefined) return;
      last.ref();
      const ended = once(last, 'exit');
      last.stdin?.end('quit\n');
      await ended;
    },
  };
}

function reaperEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { ...process.env, [reaperMarker]: '1' };
  // It belongs to no run, and must not load what others of our programs are told to load.
  for (const name of [runMarker, taskMarker, 'NODE_OPTIONS']) delete environment[name];
  return environment;
}

/** The pipe must not keep this process alive. */
function unrefStream(stream: unknown): void {
  if (typeof stream === 'object' && stream !== null && 'unref' in stream && typeof stream.unref === 'function')
    stream.unref();
}
