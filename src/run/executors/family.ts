import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { JobFailure } from '../job.ts';
import { cancelled, timedOut } from './failures.ts';
import { runMarker, sendSignal, taskMarker } from './processes.ts';
import type { Reaper } from './reaper-client.ts';

/** What the executors of processes share: the run's reaper and how its processes are marked. */
export interface Family {
  readonly runId: string;
  readonly reaper: Reaper;
  /** How long a cancelled task may take to end by itself. */
  readonly graceMilliseconds: number;
}

export interface Watch {
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** The reason, when it was us who ended it. */
  stopped(): JobFailure | undefined;
}

/** The environment of a task's process, by which it and its descendants are found. */
export function markedEnvironment(runId: string, taskId: string): NodeJS.ProcessEnv {
  return { ...process.env, [runMarker]: runId, [taskMarker]: taskId };
}

/**
 * Watches over a process that leads a group of its own: ends the whole group after a time, or when the task is
 * cancelled, then by `ask` first.
 */
export function watch(
  child: ChildProcess,
  options: {
    readonly signal: AbortSignal;
    readonly timeoutSeconds?: number;
    readonly graceMilliseconds: number;
    readonly ask: () => void;
  },
): Watch {
  const { signal, timeoutSeconds, graceMilliseconds, ask } = options;
  let stopped: JobFailure | undefined;
  const timers: NodeJS.Timeout[] = [];
  const kill = () => child.pid !== undefined && sendSignal(-child.pid, 'SIGKILL');
  const stop = (reason: JobFailure): void => {
    stopped ??= reason;
  };
  const onAbort = (): void => {
    stop(cancelled);
    ask();
    timers.push(setTimeout(kill, graceMilliseconds));
  };
  if (timeoutSeconds !== undefined) {
    const onTimeout = () => {
      stop(timedOut(timeoutSeconds));
      kill();
    };
    timers.push(setTimeout(onTimeout, timeoutSeconds * 1000));
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort);
  const ended = once(child, 'exit').then(([code, by]: unknown[]) => {
    for (const timer of timers) clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    return {
      code: typeof code === 'number' ? code : null,
      signal: typeof by === 'string' ? (by as NodeJS.Signals) : null,
    };
  });
  return { ended, stopped: () => stopped };
}

/** Resolves when all that a process wrote has been read: its heirs, which may hold its pipes, are dead by then. */
export async function drained(child: ChildProcess): Promise<void> {
  const closed = [child.stdout, child.stderr].map(async (stream) => {
    if (stream !== null && !stream.closed) await once(stream, 'close');
  });
  await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
}
