import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { tmpdir } from 'node:os';
import type { JobNote } from '../job.ts';
import { cancelled } from './failures.ts';
import type { Family } from './family.ts';
import type { FromWorker, WorkerAnswer, WorkerTask } from './messages.ts';
import { type Death, type PoolWorker, failureOfDeath, startPoolWorker } from './pool-worker.ts';

export interface WorkerPool {
  /** Never rejects. Tasks that find no free worker wait in order. */
  run(task: WorkerTask, options: PoolTaskOptions): Promise<WorkerAnswer>;
  /** Ends all workers; what ran or waited is answered `cancelled`. */
  close(): Promise<void>;
}

export interface PoolTaskOptions {
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  readonly onNote?: (note: JobNote) => void;
}

export interface PoolOptions {
  readonly family: Family;
  /** Workers at most; each is started when it is first needed. */
  readonly size: number;
  /** The bundled `child-process.js`. */
  readonly program: string;
  /** The JavaScript heap of one worker, in MiB. */
  readonly heapMebibytes: number;
}

/** A task and who waits for it. */
export interface Ticket {
  readonly task: WorkerTask;
  readonly options: PoolTaskOptions;
  readonly answer: (answer: WorkerAnswer) => void;
  aborted: boolean;
  /** To be done by a worker that did nothing before, since an earlier task may be to blame for a failure. */
  fresh: boolean;
}

/** Processes that do one task after another. A task that breaks its worker fails alone. */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  const workers = new Set<PoolWorker>();
  const endings = new Set<Promise<void>>();
  const queue: Ticket[] = [];
  let closed = false;

  const dispatch = (): void => {
    for (let [ticket] = queue; ticket !== undefined; [ticket] = queue) {
      const worker = freeWorker(ticket.fresh) ?? newWorker(ticket.fresh);
      if (worker === undefined) return;
      queue.shift();
      worker.take(ticket);
    }
  };

  const freeWorker = (fresh: boolean): PoolWorker | undefined => {
    for (const worker of workers) if (worker.ticket === undefined && !(fresh && worker.served > 0)) return worker;
    return undefined;
  };

  /** A new worker, if there is room; for a task that needs a fresh one an idle one makes room. */
  const newWorker = (fresh: boolean): PoolWorker | undefined => {
    const idle = fresh ? freeWorker(false) : undefined;
    if (idle !== undefined) retire(idle, 'close');
    else if (workers.size >= options.size) return undefined;
    const worker: PoolWorker = startPoolWorker(
      { ...options, taskId: `${options.family.runId}/${randomUUID()}`, folder: tmpdir() },
      { onMessage: (message) => receive(worker, message), onDeath: (death) => bury(worker, death) },
    );
    workers.add(worker);
    return worker;
  };

  const retire = (worker: PoolWorker, death: Death): void => {
    workers.delete(worker);
    const ending = worker.end(death).finally(() => endings.delete(ending));
    endings.add(ending);
  };

  const receive = (worker: PoolWorker, message: FromWorker): void => {
    if (message.type === 'spoiled') retire(worker, { spoiled: message.failure });
    if (message.type !== 'answer') return;
    const ticket = worker.release();
    ticket?.answer(ticket.aborted ? cancelled : message.answer);
    dispatch();
  };

  const bury = (worker: PoolWorker, death: Death): void => {
    workers.delete(worker);
    const ticket = worker.release();
    if (ticket !== undefined) {
      if (ticket.aborted || closed) ticket.answer(cancelled);
      else if (mayBeInnocent(ticket, worker, death)) queue.unshift(Object.assign(ticket, { fresh: true }));
      else ticket.answer(failureOfDeath(death, ticket));
    }
    if (!closed) dispatch();
  };

  const abort = (ticket: Ticket): void => {
    ticket.aborted = true;
    const place = queue.indexOf(ticket);
    if (place >= 0) {
      queue.splice(place, 1);
      ticket.answer(cancelled);
      return;
    }
    const worker = [...workers].find(({ ticket: held }) => held === ticket);
    if (worker === undefined) return;
    worker.abort();
    setTimeout(() => {
      if (worker.ticket === ticket) retire(worker, 'close');
    }, options.family.graceMilliseconds);
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
        const ticket: Ticket = { task, options: taskOptions, answer, aborted: false, fresh: false };
        if (signal !== undefined) listen(signal, onAbort);
        queue.push(ticket);
        dispatch();
      });
    },
    async close() {
      closed = true;
      for (const ticket of queue.splice(0)) ticket.answer(cancelled);
      for (const worker of workers) retire(worker, 'close');
      await Promise.all(endings);
    },
  };
}

/** All tasks of a run share a signal: many listeners are no leak. */
function listen(signal: AbortSignal, onAbort: () => void): void {
  setMaxListeners(0, signal);
  signal.addEventListener('abort', onAbort);
}

/** An earlier task of the worker may have left a timer, a promise or its memory behind: then the later one gets a second try. */
function mayBeInnocent(ticket: Ticket, worker: PoolWorker, death: Death): boolean {
  return !ticket.fresh && worker.served > 1 && death !== 'timeout' && death !== 'close';
}
