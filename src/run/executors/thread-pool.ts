import { setMaxListeners } from 'node:events';
import type { JobFailure, JobNote } from '../job.ts';
import { cancelled, failed, failureOf, lackOfMemory, timedOut } from './failures.ts';
import type { FromWorker, WorkerAnswer, WorkerTask } from './messages.ts';
import { type Death, type PoolThread, startPoolThread } from './pool-thread.ts';

export interface ThreadPool {
  /** Never rejects. Tasks that find no free thread wait in order. */
  run(task: WorkerTask, options: PoolTaskOptions): Promise<WorkerAnswer>;
  /** Ends all threads; what ran or waited is answered `cancelled`. */
  close(): Promise<void>;
}

export interface PoolTaskOptions {
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  readonly onNote?: (note: JobNote) => void;
}

export interface PoolOptions {
  /** Threads at most; each is started when it is first needed. */
  readonly size: number;
  /** The bundled `worker-thread.js`. */
  readonly program: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The JavaScript heap of one thread, in MiB. */
  readonly heapMebibytes: number;
}

export interface Ticket {
  readonly id: number;
  readonly task: WorkerTask;
  readonly options: PoolTaskOptions;
  readonly answer: (answer: WorkerAnswer) => void;
  aborted: boolean;
  /** To be done by a thread that did nothing before, since an earlier task may be to blame for a failure. */
  fresh: boolean;
}

/** How long a cancelled task may take to end by itself before its thread is ended. */
const graceMilliseconds = 250;

/** Worker threads that do one task after another. A task that breaks its thread fails alone. */
export function createThreadPool(options: PoolOptions): ThreadPool {
  const threads = new Set<PoolThread>();
  const endings = new Set<Promise<void>>();
  const queue: Ticket[] = [];
  let lastId = 0;
  let closed = false;

  const dispatch = (): void => {
    while (queue.length > 0 && !closed) {
      const [ticket] = queue;
      if (ticket === undefined) return;
      const free = [...threads].find(({ ticket: held, served }) => held === undefined && !(ticket.fresh && served > 0));
      if (free === undefined && threads.size >= options.size && !retireOne(ticket)) return;
      queue.shift();
      (free ?? start()).take(ticket);
    }
  };

  /** Makes room for a thread that did nothing before, where that is needed. */
  const retireOne = (ticket: Ticket): boolean => {
    const idle = ticket.fresh ? [...threads].find(({ ticket: held }) => held === undefined) : undefined;
    if (idle === undefined) return false;
    retire(idle, 'close');
    return true;
  };

  const retire = (thread: PoolThread, death: Death): void => {
    threads.delete(thread);
    const ending = thread.end(death).finally(() => endings.delete(ending));
    endings.add(ending);
  };

  const start = (): PoolThread => {
    const thread = startPoolThread(options, {
      onMessage: (message) => receive(thread, message),
      onDeath: (death) => bury(thread, death),
    });
    threads.add(thread);
    return thread;
  };

  const receive = (thread: PoolThread, message: FromWorker): void => {
    const { ticket } = thread;
    if (message.type === 'note' && message.id === ticket?.id) ticket.options.onNote?.(message.note);
    if (message.type === 'spoiled') retire(thread, { spoiled: message.failure });
    if (message.type !== 'answer' || message.id !== ticket?.id) return;
    thread.release();
    ticket.answer(ticket.aborted ? cancelled : message.answer);
    dispatch();
  };

  const bury = (thread: PoolThread, death: Death): void => {
    threads.delete(thread);
    const { ticket, served } = thread;
    thread.release();
    if (ticket !== undefined) {
      if (ticket.aborted || closed) ticket.answer(cancelled);
      else if (mayBeInnocent(ticket, served, death)) queue.unshift(Object.assign(ticket, { fresh: true }));
      else ticket.answer(failureOfDeath(death, ticket));
    }
    dispatch();
  };

  const abort = (ticket: Ticket): void => {
    ticket.aborted = true;
    const place = queue.indexOf(ticket);
    if (place >= 0) {
      queue.splice(place, 1);
      ticket.answer(cancelled);
      return;
    }
    const thread = [...threads].find(({ ticket: held }) => held === ticket);
    if (thread === undefined) return;
    thread.abort();
    setTimeout(() => {
      if (thread.ticket === ticket) retire(thread, 'close');
    }, graceMilliseconds);
  };

  return {
    run(task, taskOptions) {
      const { signal } = taskOptions;
      if (closed || signal?.aborted === true) return Promise.resolve(cancelled);
      return new Promise((resolve) => {
        const onAbort = (): void => abort(ticket);
        const answer = (given: WorkerAnswer): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve(given);
        };
        const ticket: Ticket = { id: ++lastId, task, options: taskOptions, answer, aborted: false, fresh: false };
        if (signal !== undefined) listen(signal, onAbort);
        queue.push(ticket);
        dispatch();
      });
    },
    async close() {
      closed = true;
      for (const ticket of queue.splice(0)) ticket.answer(cancelled);
      for (const thread of threads) retire(thread, 'close');
      await Promise.all(endings);
    },
  };
}

/** All tasks of a run share a signal: many listeners are no leak. */
function listen(signal: AbortSignal, onAbort: () => void): void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', onAbort);
}

/** An earlier task of the thread may have left a timer, a promise or its memory behind: then the later one gets a second try. */
function mayBeInnocent(ticket: Ticket, served: number, death: Death): boolean {
  if (ticket.fresh || served <= 1) return false;
  return death !== 'timeout' && death !== 'close';
}

function failureOfDeath(death: Death, { options }: Ticket): JobFailure {
  if (death === 'timeout') return timedOut(options.timeoutSeconds ?? 0);
  if (death === 'close') return cancelled;
  if ('spoiled' in death) return death.spoiled;
  if ('exitCode' in death) {
    return failed('exit', 'process-exit', `The stage ended its thread by process.exit(${death.exitCode}).`, {
      advice: 'Let the stage return its outputs, or throw an error.',
    });
  }
  if ('code' in death.error && death.error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return lackOfMemory(`The stage ran out of memory: its thread's heap is full.`, death.error.stack);
  }
  return failureOf(death.error, 'worker-not-started');
}
