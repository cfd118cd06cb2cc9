import type { Job, JobAnswer, JobFailure, JobNote } from '../job.ts';
import type { Collection } from './collect.ts';
import type { PreparedCommand } from './command-files.ts';

/** What a worker can be asked to do. */
export type WorkerTask =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'prepare'; readonly job: Job }
  | { readonly type: 'collect'; readonly collection: Collection };

export type WorkerAnswer = JobAnswer | PreparedCommand;

/** The file descriptor over which coordinator and worker talk, in JSON lines. */
export const channel = 3;

export type ToWorker = { readonly type: 'task'; readonly task: WorkerTask } | { readonly type: 'abort' };

/** Notes and answers are about the one task that the worker does. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'note'; readonly note: JobNote }
  | { readonly type: 'answer'; readonly answer: WorkerAnswer }
  /** Something was thrown outside of any task's `run`; the worker must not be used any more. */
  | { readonly type: 'spoiled'; readonly failure: JobFailure };
