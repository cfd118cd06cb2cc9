import type { Job, JobAnswer, JobFailure, JobNote } from '../job.ts';
import type { Collection } from './collect.ts';
import type { PreparedCommand } from './command-files.ts';

/** What a worker thread can be asked to do. */
export type WorkerTask =
  | { readonly type: 'job'; readonly job: Job }
  | { readonly type: 'prepare'; readonly job: Job }
  | { readonly type: 'collect'; readonly collection: Collection };

export type WorkerAnswer = JobAnswer | PreparedCommand;

/** To and from threads as JSON texts: for plain data they cost half of what structured clones do. */
export type ToWorker =
  | { readonly type: 'task'; readonly id: number; readonly task: WorkerTask }
  | { readonly type: 'abort'; readonly id: number };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'note'; readonly id: number; readonly note: JobNote }
  | { readonly type: 'answer'; readonly id: number; readonly answer: WorkerAnswer }
  /** Something was thrown outside of any task's `run`; the thread must not be used any more. */
  | { readonly type: 'spoiled'; readonly failure: JobFailure };

export type ToChild = { readonly type: 'job'; readonly job: Job } | { readonly type: 'abort' };

export type FromChild =
  { readonly type: 'note'; readonly note: JobNote } | { readonly type: 'answer'; readonly answer: JobAnswer };
