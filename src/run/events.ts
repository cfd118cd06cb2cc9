import type { Json, MatrixPoint } from '../stage/index.ts';
import type { ActionKey, Damage, StoredOutput } from '../store/types.ts';
import type { JobFailure } from './job.ts';

/** Which task an event is about. */
export interface TaskName {
  readonly stage: string;
  /** The item's id, for a map stage. */
  readonly item?: string;
  readonly point: MatrixPoint;
}

/** Everything that happens in a run. The plain log, the progress display, JSON lines and the record only read these. */
export type RunEvent =
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly pipeline: string;
      readonly spec: string;
      readonly at: string;
    }
  /** A stage's tasks are known now (the items of a source); a stage behind an unfinished matrix is announced later. */
  | {
      readonly type: 'stage-planned';
      readonly stage: string;
      readonly uses: string;
      readonly kind: 'source' | 'map' | 'reduce';
      readonly tasks: number;
      /** What computes its tensors. */
      readonly engine?: string;
    }
  | { readonly type: 'task-cached'; readonly task: TaskName; readonly key: ActionKey; readonly outputs: Outputs }
  | { readonly type: 'task-started'; readonly task: TaskName; readonly key: ActionKey; readonly why: string }
  | { readonly type: 'task-progress'; readonly task: TaskName; readonly figures: Readonly<Record<string, number>> }
  | { readonly type: 'task-log'; readonly task: TaskName; readonly message: string }
  | {
      readonly type: 'task-done';
      readonly task: TaskName;
      readonly key: ActionKey;
      readonly outputs: Outputs;
      readonly seconds: number;
    }
  | {
      readonly type: 'task-failed';
      readonly task: TaskName;
      readonly failure: JobFailure;
      readonly attempt: number;
      readonly willRetry: boolean;
    }
  /** Not run, because something that it needs failed. */
  | { readonly type: 'task-skipped'; readonly task: TaskName; readonly because: TaskName }
  /** Nothing runs here, because another run is at what is next; once for each stage. */
  | { readonly type: 'waiting-for-run'; readonly task: TaskName; readonly run: string }
  /** Nothing new is begun until it is resumed; running tasks go on. */
  | { readonly type: 'run-paused' }
  | { readonly type: 'run-resumed' }
  | { readonly type: 'damage-found'; readonly damage: Damage }
  | {
      readonly type: 'result';
      readonly stage: string;
      readonly point: MatrixPoint;
      readonly name: string;
      readonly value: Json;
    }
  | {
      readonly type: 'run-ended';
      readonly status: 'done' | 'failed' | 'interrupted';
      readonly counts: Readonly<Record<'cached' | 'done' | 'failed' | 'skipped', number>>;
      readonly seconds: number;
      readonly at: string;
    };

type Outputs = Readonly<Record<string, StoredOutput>>;
