import { availableParallelism, totalmem } from 'node:os';
import type { Executor, JobAnswer } from '../job.ts';
import { createChildExecutor } from './child-executor.ts';
import { createCommandExecutor } from './command-executor.ts';
import { cancelled } from './failures.ts';
import type { Family } from './family.ts';
import { killKin, runMarker } from './processes.ts';
import { type Programs, builtPrograms } from './programs.ts';
import { createReaper } from './reaper-client.ts';
import { type ThreadPool, createThreadPool } from './thread-pool.ts';

export { killLeftovers } from './processes.ts';

export interface ExecutorsOptions {
  /** Worker threads at most. */
  readonly threads: number;
  /**
   * Marks the run's processes on this machine. It must be unlike that of any other run of anybody, because whatever
   * bears it is killed: a UUID, say.
   */
  readonly runId: string;
  /** The JavaScript heap of one thread or child process, in MiB; arrays do not count. */
  readonly heapMebibytes?: number;
  /** How long a cancelled child or command may take to end by itself. */
  readonly graceMilliseconds?: number;
  /** Our own programs, where they do not lie in `dist/`. */
  readonly programs?: Programs;
}

export interface Executors {
  /** For small work: stages share threads. */
  readonly threads: Executor;
  /** A child process for each task. */
  readonly processes: Executor;
  /** Programs, for jobs with a `command`. */
  readonly commands: Executor;
  /** Cancels what runs and returns when no process of the run is left. */
  close(): Promise<void>;
}

/** Everything is started when it is first needed: a run with nothing to do starts no thread and no process. */
export function createExecutors(options: ExecutorsOptions): Executors {
  const { threads, runId, programs = builtPrograms, graceMilliseconds = 500 } = options;
  const heapMebibytes = options.heapMebibytes ?? defaultHeap(threads);
  const reaper = createReaper(programs.reaper, runId);
  const family: Family = { runId, reaper, graceMilliseconds };
  const pool = { program: programs.workerThread, heapMebibytes, environment: { ...process.env, [runMarker]: runId } };
  const work = createThreadPool({ ...pool, size: threads });
  const files = createThreadPool({ ...pool, size: Math.min(threads, 4) });
  const processes = createChildExecutor({ family, program: programs.childProcess, files, heapMebibytes });
  const commands = createCommandExecutor({ family, files });
  return {
    threads: threadExecutor(work),
    processes,
    commands,
    async close() {
      await Promise.all([work.close(), processes.close(), commands.close()]);
      await files.close();
      if (reaper.used) await killKin({ marker: `${runMarker}=${runId}`, groups: [] });
      await reaper.close();
    },
  };
}

function threadExecutor(pool: ThreadPool): Executor {
  return {
    async run(job, options): Promise<JobAnswer> {
      const answer = await pool.run({ type: 'job', job }, options);
      return answer.status === 'prepared' ? cancelled : answer;
    },
    close: () => pool.close(),
  };
}

/** Half the memory for the heaps of all threads; what V8 would take by itself at most, and enough for a stage at least. */
function defaultHeap(threads: number): number {
  const share = totalmem() / 2 ** 20 / 2 / Math.max(threads, availableParallelism());
  return Math.round(Math.min(4096, Math.max(512, share)));
}
