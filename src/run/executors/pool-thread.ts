import { Worker } from 'node:worker_threads';
import type { JobFailure } from '../job.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import type { PoolOptions, Ticket } from './thread-pool.ts';

/** Why a thread ended. */
export type Death =
  | 'timeout'
  /** By us, with no fault of the task. */
  | 'close'
  | { readonly spoiled: JobFailure }
  | { readonly exitCode: number }
  | { readonly error: Error };

/** A worker thread, and the one task that it does. */
export interface PoolThread {
  readonly ticket: Ticket | undefined;
  /** How many tasks it was given. */
  readonly served: number;
  take(ticket: Ticket): void;
  /** Forgets its task. */
  release(): void;
  /** Tells the task that it is cancelled. */
  abort(): void;
  /** Ends the thread; `onDeath` hears why. */
  end(death: Death): Promise<void>;
}

export interface PoolThreadEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** Once. */
  readonly onDeath: (death: Death) => void;
}

/** A thread deep in a system call cannot be ended: after this time we go on without it. */
const patienceMilliseconds = 5000;

/** Starts a thread. It keeps this process alive only while it has a task. */
export function startPoolThread(options: PoolOptions, events: PoolThreadEvents): PoolThread {
  const worker = startWorker(options);
  let ticket: Ticket | undefined;
  let served = 0;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let cause: Death | undefined;
  let dead = false;

  const send = (message: ToWorker): void => worker.postMessage(JSON.stringify(message));
  const die = (death: Death): void => {
    if (dead) return;
    dead = true;
    clearTimeout(timer);
    events.onDeath(death);
  };
  const end = async (death: Death): Promise<void> => {
    cause ??= death;
    clearTimeout(timer);
    const patience = setTimeout(() => die(death), patienceMilliseconds);
    await Promise.race([
      worker.terminate(),
      new Promise((resolve) => setTimeout(resolve, patienceMilliseconds).unref()),
    ]);
    clearTimeout(patience);
  };
  /** The time of a task begins when its thread is there. */
  const startTimer = (): void => {
    const seconds = ticket?.options.timeoutSeconds;
    if (ready && seconds !== undefined) timer = setTimeout(() => void end('timeout'), seconds * 1000);
  };

  worker.on('message', (text: string) => {
    const message = JSON.parse(text) as FromWorker;
    if (dead || cause !== undefined) return;
    if (message.type === 'ready') {
      ready = true;
      startTimer();
    } else events.onMessage(message);
  });
  worker.on('error', (error) => {
    cause ??= { error: error instanceof Error ? error : new Error(String(error)) };
  });
  worker.on('exit', (exitCode) => die(cause ?? { exitCode }));
  worker.unref();

  return {
    get ticket() {
      return ticket;
    },
    get served() {
      return served;
    },
    take(taken) {
      ticket = taken;
      served += 1;
      worker.ref();
      startTimer();
      send({ type: 'task', id: taken.id, task: taken.task });
    },
    release() {
      clearTimeout(timer);
      ticket = undefined;
      worker.unref();
    },
    abort() {
      if (ticket !== undefined) send({ type: 'abort', id: ticket.id });
    },
    end,
  };
}

function startWorker({ program, environment, heapMebibytes }: PoolOptions): Worker {
  return new Worker(program, {
    env: environment,
    resourceLimits: { maxOldGenerationSizeMb: heapMebibytes },
    // What a stage prints before our own writer is in place must not reach the terminal.
    stdout: true,
    stderr: true,
  });
}
