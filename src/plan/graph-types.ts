import type { Columns, InputShape, MatrixPoint } from '../stage/index.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { ActionKey, ActionResult, Digest, Store } from '../store/types.ts';
import type { StageCode } from './stage-code.ts';

/**
 * waiting: for tasks that it needs · ready: its key is known and nothing is recorded for it · running ·
 * settled: its outputs are known · failed · skipped: something that it needs failed
 */
export type TaskStatus = 'waiting' | 'ready' | 'running' | 'settled' | 'failed' | 'skipped';

/** A stage for one item (map), or for one point of its matrix. */
export interface Task {
  readonly stage: PlannedStage;
  readonly pointIndex: number;
  /** Index into the items of the stage's source; -1 for a reduce. */
  readonly item: number;
  status: TaskStatus;
  /** How many needed tasks are not settled yet. */
  pending: number;
  /** Tasks to tell when this one settles; kept only while there are any. */
  dependents: Task[] | undefined;
  key: ActionKey | undefined;
  /** Kept by one that runs again, because its outputs are damaged, until it is settled anew. */
  result: ActionResult | undefined;
  /** The result was recorded before this run. */
  cached: boolean;
  attempts: number;
}

/** An item of a source with the digests of its files. */
export interface PlannedItem {
  readonly id: string;
  readonly columns: Columns;
  readonly files: Readonly<Record<string, { readonly path: string; readonly digest: Digest; readonly size: number }>>;
}

/** Which outputs of which stage an input reads. */
export interface InputLink {
  readonly name: string;
  readonly mode: 'one' | 'items' | 'each';
  readonly shape: InputShape | null;
  readonly upstream: PlannedStage;
  /** Output names by the name that the stage sees them under; a single unnamed one under ''. Empty for columns only. */
  readonly outputs: readonly (readonly [name: string, output: string])[];
}

/** A stage whose tasks are known, or will be once the axes of its matrix are. */
export interface PlannedStage {
  readonly node: StageNode;
  readonly code: StageCode;
  readonly links: readonly InputLink[];
  /** The source whose items it maps over; itself for a source. */
  readonly source: PlannedStage | undefined;
  /** Items, sorted by id; empty but for sources. */
  readonly items: readonly PlannedItem[];
  /** Undefined until every axis is known. */
  points: readonly MatrixPoint[] | undefined;
  /** By point: the key's part that its tasks share. */
  digests: readonly string[];
  /** The same of a task that never pauses, where the stage can: tasks that differ in this share their checkpoints. */
  checkpointDigests?: readonly string[];
  /** Tasks by point, then item. Empty for sources. */
  tasks: Task[];
}

/** All stages of a pipeline with the tasks that can be known so far. Changed only by `expandStages` and the scheduler. */
export interface Graph {
  readonly pipeline: Pipeline;
  readonly store: Store;
  /** In topological order. */
  readonly stages: readonly PlannedStage[];
}
