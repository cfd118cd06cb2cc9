import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { JobFailure } from '../job.ts';
import { cancelled, timedOut } from './failures.ts';
import { runMarker, sendSignal, taskMarker } from './processes.ts';
import type { Reaper } from './reaper-client.ts';

/** What all processes of a run share. */
export interface Family {
  readonly runId: string;
  readonly reaper: Reaper;
  /** How long a cancelled task may take to end by itself. */
  readonly graceMilliseconds: number;
}

/** The environment of a process, by which it and its descendants are found; `more` goes before what the user has set. */
export function markedEnvironment(runId: string, taskId: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...more, [runMarker]: runId, [taskMarker]: taskId };
}

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly timeoutSeconds?: number;
  readonly graceMilliseconds: number;
  /** Asks a cancelled task to end by itself. */
  readonly ask: () => void;
}

export interface Watch {
  /** The reason, when it was us who ended the process. */
  stopped(): JobFailure | undefined;
  /** The process has ended. */
  end(): void;
}

/** Watches over a process group that does one task: kills it after a time, or when the task is cancelled. */
export function watch(group: number, { signal, timeoutSeconds, graceMilliseconds, ask }: WatchOptions): Watch {
  let stopped: JobFailure | undefined;
  const timers: NodeJS.Timeout[] = [];
  const kill = (): void => {
    sendSignal(-group, 'SIGKILL');
  };
  const onAbort = (): void => {
    stopped ??= cancelled;
    ask();
    timers.push(setTimeout(kill, graceMilliseconds));
  };
  if (timeoutSeconds !== undefined) {
    const onTimeout = () => {
      stopped ??= timedOut(timeoutSeconds);
      kill();
    };
    timers.push(setTimeout(onTimeout, timeoutSeconds * 1000));
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  return {
    stopped: () => stopped,
    end() {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}

/** Resolves when all that a dead process wrote has been read, or soon, should an heir of it hold its pipes. */
export async function drained(streams: readonly (Readable | null)[]): Promise<void> {
  const closed = streams.map(async (stream) => {
    if (stream !== null && !stream.closed) await once(stream, 'close');
  });
  await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
}
