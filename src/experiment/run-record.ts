import type { RunEvent } from '../run/events.ts';
import type { Json, MatrixPoint, Roles } from '../stage/index.ts';
import type { Environment } from './environment.ts';

export const recordFormat = 1;

export type RunStatus = 'running' | 'done' | 'failed' | 'interrupted';
export type RunCounts = Extract<RunEvent, { type: 'run-ended' }>['counts'];

/** `run.json`: what is known of one run at a glance. */
export interface RunRecord {
  readonly format: number;
  /** Its folder's name below `experiments/PIPELINE/`; names sort by time. */
  readonly run: string;
  readonly pipeline: string;
  /** Absolute path of the YAML, and what `--set` changed in it. */
  readonly spec: string;
  readonly overrides: readonly string[];
  /** The parameters of the pipeline, as the YAML and its overrides give them; older records have none. */
  readonly params?: Readonly<Record<string, Json>>;
  readonly data: Readonly<Record<string, string>>;
  readonly status: RunStatus;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly seconds?: number;
  readonly counts?: RunCounts;
  /** SHA-256 over the keys of all its tasks. */
  readonly tasks?: string;
  /** Headlines of the reports that the last stages gave. */
  readonly headline?: readonly string[];
  /** Headline figures of the last stages, such as `uar`. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Code of the error that ended it, where it was not a task that failed. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Whose run it is: a run whose process is gone was interrupted. */
  readonly process: ProcessOfRun;
  readonly environment: Environment;
  /** What computed tensors, by stage: engine, library, device and threads. */
  readonly engines?: Readonly<Record<string, string>>;
  /** What the source calls its columns: the words to print for units, clusters and labels. */
  readonly roles?: Roles;
  /** The units that were tested, by the stage that has their predictions. */
  readonly tested?: Readonly<Record<string, TestedUnits>>;
  /** The trial of a sweep that it is, or the run that reads the test data for what a sweep has chosen. */
  readonly sweep?: SweepOfRun;
  /** SHA-256 of the other files of a closed record, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** SHA-256 of this record without it. */
  readonly sum?: string;
}

export interface SweepOfRun {
  readonly name: string;
  readonly id: string;
  /** Its search within the sweep, '' where there is one; and its number within the search, from 1. */
  readonly search?: string;
  readonly trial?: number;
  readonly final?: true;
  /** Of a final run: what the choice has seen, in words, to be shown beside its results. */
  readonly selection?: string;
}

export interface TestedUnits {
  readonly count: number;
  /** SHA-256 of their names: runs with the same one were tested on the same units. */
  readonly digest: string;
  /** Unweighted average recall, 0 to 1, of each replicate in the order of `predictions.jsonl`. */
  readonly uar: readonly number[];
}

/** A process among all that ever ran: its number alone may be given to another. */
export interface ProcessOfRun {
  readonly machine: string;
  readonly pid: number;
  readonly start: string;
}

/** One entry of `results.json`. */
export interface RecordedResult {
  readonly stage: string;
  readonly point: MatrixPoint;
  readonly name: string;
  readonly value: Json;
}

/** Names of the files of a record. */
export const recordFiles = {
  run: 'run.json',
  events: 'events.jsonl',
  tasks: 'tasks.jsonl',
  results: 'results.json',
  predictions: 'predictions.jsonl',
  pipeline: 'pipeline.yaml',
} as const;
