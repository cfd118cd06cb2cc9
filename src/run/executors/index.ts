import { availableParallelism, totalmem } from 'node:os';
import type { Executor, JobAnswer } from '../job.ts';
import { createChildExecutor } from './child-executor.ts';
import { createCommandExecutor } from './command-executor.ts';
import { cancelled } from './failures.ts';
import type { Family } from './family.ts';
import { killKin, runMarker } from './processes.ts';
import { type Programs, builtPrograms } from './programs.ts';
import { createReaper } from './reaper-client.ts';
import { type WorkerPool, createWorkerPool } from './worker-pool.ts';

export { killLeftovers } from './processes.ts';

export interface ExecutorsOptions {
  /** Shared workers at most. */
  readonly workers: number;
  /**
   * Marks the run's processes on this machine. It must be unlike that of any other run of anybody, because whatever
   * bears it is killed: a UUID, say.
   */
  readonly runId: string;
  /** The JavaScript heap of one worker or child process, in MiB; arrays do not count. */
  readonly heapMebibytes?: number;
  /** How long a cancelled child or command may take to end by itself. */
  readonly graceMilliseconds?: number;
  /** Our own programs, where they do not lie in `dist/`. */
  readonly programs?: Programs;
}

export interface Executors {
  /** For small work: processes that do many tasks, one after another. */
  readonly workers: Executor;
  /** A child process for each task. */
  readonly processes: Executor;
  /** Programs, for jobs with a `command`. */
  readonly commands: Executor;
  /** Cancels what runs and returns when no process of the run is left. */
  close(): Promise<void>;
}

/** Everything is started when it is first needed: a run with nothing to do starts no process. */
export function createExecutors(options: ExecutorsOptions): Executors {
  const { workers, runId, programs = builtPrograms, graceMilliseconds = 500 } = options;
  const heapMebibytes = options.heapMebibytes ?? defaultHeap(workers);
  const reaper = createReaper(programs.reaper, runId);
  const family: Family = { runId, reaper, graceMilliseconds };
  const common = { family, program: programs.childProcess, heapMebibytes };
  const shared = createWorkerPool({ ...common, size: workers });
  const files = createWorkerPool({ ...common, size: Math.min(workers, 4) });
  const processes = createChildExecutor({ ...common, files });
  const commands = createCommandExecutor({ family, files });
  return {
    workers: poolExecutor(shared),
    processes,
    commands,
    async close() {
      await Promise.all([shared.close(), processes.close(), commands.close()]);
      await files.close();
      if (reaper.used) await killKin({ marker: `${runMarker}=${runId}`, groups: [] });
      await reaper.close();
    },
  };
}

function poolExecutor(pool: WorkerPool): Executor {
  return {
    async run(job, options): Promise<JobAnswer> {
      const answer = await pool.run({ type: 'job', job }, options);
      return answer.status === 'prepared' ? cancelled : answer;
    },
    close: () => pool.close(),
  };
}

/** Half the memory for the heaps of all workers; what V8 would take by itself at most, and enough for a stage at least. */
function defaultHeap(workers: number): number {
  const share = totalmem() / 2 ** 20 / 2 / Math.max(workers, availableParallelism());
  return Math.round(Math.min(4096, Math.max(512, share)));
}
