import type { Environment } from '../experiment/environment.ts';
import type { ProcessOfRun, RunStatus } from '../experiment/run-record.ts';
import type { Json, MatrixPoint, Roles } from '../stage/index.ts';
import type { Configuration, Space } from './search/space.ts';

export const sweepFormat = 1;

/** Names of the files of a sweep's record, in `experiments/.sweeps/NAME/ID/`. */
export const sweepFiles = { sweep: 'sweep.json', spec: 'sweep.yaml', trials: 'trials.jsonl' } as const;

/** What is optimised: a number in a JSON output of a stage, at each of its matrix points. */
export interface Objective {
  /** As it is written: `model.history.development`. */
  readonly text: string;
  readonly direction: 'maximise' | 'minimise';
  readonly stage: string;
  readonly output: string;
  /** Path within the JSON. */
  readonly field: readonly string[];
}

/** `sweep.json`: what is known of a sweep at a glance. */
export interface SweepRecord {
  readonly format: number;
  /** `experiments/.sweeps/NAME/ID`; ids sort by time. */
  readonly name: string;
  readonly id: string;
  readonly description?: string;
  /** Absolute path of the file with the `sweep` block, and of the pipeline that is swept. */
  readonly spec: string;
  readonly pipeline: { readonly name: string; readonly file: string };
  /** What is changed in every trial: `set` of the sweep, then `--set`. */
  readonly overrides: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  readonly engine?: string;
  /** The engine that `auto` stood for when it began, and stands for in all its trials. */
  readonly auto?: string;
  readonly status: RunStatus;
  readonly startedAt: string;
  /** When its newest start began, where that is not the first. */
  readonly resumedAt?: string;
  readonly endedAt?: string;
  /** Of all starts that have ended; the time between them is not in it. */
  readonly seconds?: number;
  /** All that decides which trials there are: a sweep goes on only while it is the same. */
  readonly definition: Readonly<Record<string, Json>>;
  readonly space: Space;
  readonly strategy: Readonly<Record<string, Json>> & { readonly kind: string };
  readonly objective: Objective;
  /** Of each search. */
  readonly budget: { readonly trials?: number; readonly hours?: number };
  /** Trials of all searches together; unknown where only time limits them. */
  readonly planned?: number;
  readonly parallel: number;
  readonly choice: 'pooled' | 'nested';
  /** The axis of the folds, where the objective's stage has one; its other axes are replicates. */
  readonly foldAxis?: string;
  /** The words of the data: what the units, clusters and labels are called. */
  readonly roles?: Roles;
  /** Of all trials on record. */
  readonly counts?: {
    readonly trials: number;
    readonly done: number;
    readonly paused: number;
    readonly failed: number;
  };
  /** Compute seconds of all tasks of all trials, each task once. */
  readonly computeSeconds?: number;
  readonly chosen?: readonly Chosen[];
  /** What the choice has seen, in words: `selection saw all speakers`. To be shown beside every result of it. */
  readonly selection?: string;
  /** Runs that read the test data, in the order they were made: one, unless the sweep went on and chose anew. */
  readonly final?: readonly FinalRun[];
  readonly error?: { readonly code: string; readonly message: string };
  readonly process: ProcessOfRun;
  readonly environment: Environment;
  /** SHA-256 of the other files of a closed record, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** SHA-256 of this record without it. */
  readonly sum?: string;
}

/** A configuration that was chosen. */
export interface Chosen {
  /** With `each`: for which of them. */
  readonly each?: string;
  /** With nested choice: for which fold. */
  readonly fold?: string;
  readonly search: string;
  readonly trial: number;
  readonly configuration: Configuration;
  /** Its mean over the points that the choice has seen. */
  readonly objective: number;
}

export interface FinalRun {
  readonly each?: string;
  /** `PIPELINE/RUN`, below `experiments/`. */
  readonly run: string;
  readonly overrides: readonly string[];
  readonly status: RunStatus;
  readonly headline: readonly string[];
}

/** The objective at one matrix point: of one fold and seed, say. */
export interface Replicate {
  readonly point: MatrixPoint;
  /** Null where the stage gave none. */
  readonly value: number | null;
}

/** One line of `trials.jsonl`. A trial that went on has several: the last one counts. */
export interface TrialRecord {
  /** Which search it belongs to; '' where the sweep has one. */
  readonly search: string;
  /** From 1, within its search. */
  readonly trial: number;
  readonly configuration: Configuration;
  /** The same as `--set` writes it, beside the sweep's own. */
  readonly overrides: readonly string[];
  /** `paused`: successive halving did not train it to the end. */
  readonly status: 'done' | 'paused' | 'failed';
  /** At its last rung. */
  readonly replicates: readonly Replicate[];
  /** Their mean; null for a trial that failed. */
  readonly objective: number | null;
  /** Of successive halving: one for each rung that it reached. */
  readonly rungs?: readonly RungRecord[];
  readonly cost: {
    /** Of all its trainings together, where the stage counts them. */
    readonly epochs?: number;
    /** Compute seconds of its tasks, those that an earlier trial has paid for included. */
    readonly seconds: number;
  };
  /** Its newest run: `PIPELINE/RUN`, below `experiments/`. */
  readonly run?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface RungRecord {
  /** What each of its trainings had had by then. */
  readonly epochs: number;
  readonly objective: number | null;
  readonly replicates: readonly Replicate[];
  /** Of all rungs but that of a full training: the run that it was, and what that was told, as of the trial itself. */
  readonly run?: string;
  readonly overrides?: readonly string[];
}
