import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import type { JobFailure } from '../job.ts';
import { type Family, drained, markedEnvironment } from './family.ts';
import { failed } from './failures.ts';
import { onLines } from './lines.ts';
import { type FromWorker, type ToWorker, channel } from './messages.ts';
import { failureOfEnd } from './process-end.ts';
import { sendSignal } from './processes.ts';

/** A process of ours that does tasks one after another. */
export interface WorkerProcess {
  /** Leads a group of its own; undefined when it could not be started. */
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** Ends it and its group at once. */
  kill(): void;
  /** Whether it keeps this process alive. */
  hold(held: boolean): void;
  /** Resolves when it has ended and all that it said has been heard. */
  readonly ended: Promise<WorkerEnd>;
}

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it ever was ready for a task. */
  readonly started: boolean;
  /** Why it could not be started. */
  readonly error?: Error;
}

export interface WorkerOptions {
  readonly family: Family;
  /** The bundled `child-process.js`. */
  readonly program: string;
  /** Its JavaScript heap, in MiB. */
  readonly heapMebibytes: number;
  /** Marks it and its descendants. */
  readonly taskId: string;
  readonly folder: string;
  /** Variables for it alone. */
  readonly environment?: NodeJS.ProcessEnv;
}

export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** What it printed by other ways than JavaScript's, such as V8's last words. */
  readonly onLine: (line: string) => void;
}

/** Stages compute in typed arrays, which lie beside the heap: a larger young generation only fills with garbage. */
const youngHeap = '--max-semi-space-size=4';

/**
 * Starts a worker. It is a process and not a thread, because a thread cannot always be ended (V8 13.6 does not stop a loop
 * that allocates), and one that runs out of memory can take the whole process with it.
 */
export function startWorker(options: WorkerOptions, { onMessage, onLine }: WorkerEvents): WorkerProcess {
  const { family, program, heapMebibytes, taskId, folder, environment } = options;
  family.reaper.start();
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMebibytes}`, youngHeap, program], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: markedEnvironment(family.runId, taskId, environment),
  });
  const { pid } = child;
  if (pid !== undefined) family.reaper.add(pid);
  const sockets = [child.stdio[channel], child.stdout, child.stderr].filter((stream) => stream instanceof Socket);
  const [talk, ...outputs] = sockets;
  if (talk === undefined) throw new TypeError('a pipe to a child is a socket');
  let started = false;
  onLines(talk, (line) => {
    started = true;
    onMessage(JSON.parse(line) as FromWorker);
  });
  for (const output of outputs) onLines(output, onLine);
  return {
    pid,
    send: (message) => talk.write(`${JSON.stringify(message)}\n`),
    kill: () => pid !== undefined && sendSignal(-pid, 'SIGKILL'),
    hold(held) {
      for (const handle of [child, ...sockets]) {
        if (held) handle.ref();
        else handle.unref();
      }
    },
    ended: endOf(child, sockets).then((end) => ({ ...end, started })),
  };
}

async function endOf(child: ChildProcess, sockets: readonly Socket[]): Promise<Omit<WorkerEnd, 'started'>> {
  const failure = new Promise<Error>((resolve) => child.on('error', resolve));
  if (child.pid === undefined) return { code: null, signal: null, error: await failure };
  const [code, signal] = (await once(child, 'exit')) as [code: number | null, signal: NodeJS.Signals | null];
  // An answer may arrive after the news of the exit.
  await drained(sockets);
  return { code, signal };
}

/** What it means for a task that its worker has ended without an answer. */
export function failureOfWorker(
  { code, signal, started, error }: WorkerEnd,
  { stderr, oomKill }: { readonly stderr: string; readonly oomKill: boolean },
): JobFailure {
  if (error === undefined && (started || signal !== null)) {
    return failureOfEnd(`The stage's process`, { code, signal, stderr, oomKill });
  }
  const cause = error?.message ?? /^\w*Error.*$/m.exec(stderr)?.[0] ?? `exit code ${code ?? 'unknown'}`;
  return failed('exit', 'process-not-started', `No process could be started for the stage: ${cause}`, {
    detail: stderr,
    advice: 'If there are processes and memory enough, run `npm run build` in the folder of pipe.',
  });
}
