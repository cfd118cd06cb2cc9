import { randomUUID } from 'node:crypto';
import type { Executor, Job, JobAnswer } from '../job.ts';
import { cancelled, failureOf } from './failures.ts';

type RunOptions = Parameters<Executor['run']>[1];

/** An executor of one function: it never rejects, and when it is closed it cancels what runs and waits for the end. */
export function manage(run: (job: Job, options: RunOptions) => Promise<JobAnswer>): Executor {
  const running = new Set<Promise<JobAnswer>>();
  const closing = new AbortController();
  return {
    async run(job, options) {
      const signal = AbortSignal.any([options.signal, closing.signal]);
      if (signal.aborted) return cancelled;
      const answer = run(job, { ...options, signal }).catch((error: unknown) => failureOf(error, 'task-not-run'));
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    async close() {
      closing.abort();
      await Promise.all(running);
    },
  };
}

/** Ids that mark the processes of one task: never the same twice, on one machine. */
export function createTaskIds(runId: string): () => string {
  return () => `${runId}/${randomUUID()}`;
}
