import type { JobFailure } from '../job.ts';
import { cancelled, timedOut } from './failures.ts';
import type { FromWorker } from './messages.ts';
import { countOomKills } from './process-end.ts';
import { killKin, taskMarker } from './processes.ts';
import { type TaskLog, createTaskLog } from './task-log.ts';
import { type WorkerOptions, failureOfWorker, startWorker } from './worker-process.ts';
import type { Ticket } from './worker-pool.ts';

/** Why a worker ended. */
export type Death =
  | 'timeout'
  /** By us, with no fault of the task. */
  | 'close'
  | { readonly spoiled: JobFailure }
  | { readonly failure: JobFailure };

/** A worker of a pool, and the one task that it does. */
export interface PoolWorker {
  readonly ticket: Ticket | undefined;
  /** How many tasks it was given. */
  readonly served: number;
  take(ticket: Ticket): void;
  /** Forgets its task and returns it. */
  release(): Ticket | undefined;
  /** Tells the task that it is cancelled. */
  abort(): void;
  /** Ends it; `onDeath` hears why. */
  end(death: Death): Promise<void>;
}

export interface PoolWorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** Once, when it and what it started are gone. */
  readonly onDeath: (death: Death) => void;
}

/** Starts a worker. It keeps this process alive only while it has a task. */
export function startPoolWorker(options: WorkerOptions, events: PoolWorkerEvents): PoolWorker {
  let ticket: Ticket | undefined;
  let served = 0;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let log: TaskLog | undefined;
  let cause: Death | undefined;
  const oomKills = countOomKills();
  const worker = startWorker(options, {
    onLine: (line) => log?.add(line),
    onMessage(message) {
      if (cause !== undefined) return;
      if (message.type === 'ready') {
        ready = true;
        startTimer();
      } else if (message.type === 'note') {
        if (message.note.type === 'log') log?.add(message.note.message);
        else ticket?.options.onNote?.(message.note);
      } else events.onMessage(message);
    },
  });
  worker.hold(false);

  /** The time of a task begins when its worker is there. */
  const startTimer = (): void => {
    const seconds = ticket?.options.timeoutSeconds;
    if (ready && seconds !== undefined) timer = setTimeout(() => void end('timeout'), seconds * 1000);
  };
  const buried = worker.ended.then(async (how) => {
    clearTimeout(timer);
    const { pid } = worker;
    if (pid !== undefined) {
      // At the close of all, all that is left of the run is killed at once.
      if (cause !== 'close') await killKin({ marker: `${taskMarker}=${options.taskId}`, groups: [pid] });
      options.family.reaper.remove(pid);
    }
    const stderr = log?.tail() ?? '';
    const failure = failureOfWorker(how, { stderr, oomKill: countOomKills() > oomKills });
    events.onDeath(cause ?? { failure });
  });
  const end = (death: Death): Promise<void> => {
    cause ??= death;
    clearTimeout(timer);
    // Whoever waits for its end must not find the process gone with nothing to wait for.
    worker.hold(true);
    worker.kill();
    return buried;
  };

  return {
    get ticket() {
      return ticket;
    },
    get served() {
      return served;
    },
    take(taken) {
      const { onNote } = taken.options;
      ticket = taken;
      served += 1;
      log = createTaskLog((message) => onNote?.({ type: 'log', message }));
      worker.hold(true);
      startTimer();
      worker.send({ type: 'task', task: taken.task });
    },
    release() {
      const released = ticket;
      clearTimeout(timer);
      ticket = undefined;
      worker.hold(false);
      return released;
    },
    abort: () => worker.send({ type: 'abort' }),
    end,
  };
}

/** What the end of a worker means for its task. */
export function failureOfDeath(death: Death, { options }: Ticket): JobFailure {
  if (death === 'timeout') return timedOut(options.timeoutSeconds ?? 0);
  if (death === 'close') return cancelled;
  return 'spoiled' in death ? death.spoiled : death.failure;
}
