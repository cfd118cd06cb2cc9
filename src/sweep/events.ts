import type { RunEvent } from '../run/events.ts';
import type { Configuration } from './search/space.ts';
import type { Chosen, FinalRun, Objective, TrialRecord } from './sweep-record.ts';

/** A trial of a sweep: `trial` counts from 1 within its search, whose name is '' where the sweep has one. */
export interface TrialName {
  readonly search: string;
  readonly trial: number;
}

/** What a sweep is going to do, as far as it can be told before it begins. */
export interface SweepPlan {
  /** The objective's stage. */
  readonly trained: string;
  /** Trials at most; undefined where only hours limit them. */
  readonly trials: number | undefined;
  /** Trials that the counts below are of: all of them, or a sample. */
  readonly counted: number;
  /** By stage, in the pipeline's order; each task counts once, however many trials share it. */
  readonly stages: readonly StageCost[];
  /** Of the trials' tasks, the share that is recorded already or shared with another trial; 0 to 1. */
  readonly reused: number;
  /** Wall seconds, with as many tasks at once as there are jobs; undefined where nothing like it was ever timed. */
  readonly seconds: number | undefined;
}

export interface StageCost {
  readonly stage: string;
  readonly kind: 'map' | 'reduce';
  /** Different tasks of all trials; for a map stage `sets` says for how many settings its items are computed. */
  readonly tasks: number;
  readonly sets: number;
  /** Of these, recorded already. */
  readonly cached: number;
  /** Mean compute seconds of a task, where some were recorded. */
  readonly secondsEach: number | undefined;
}

/** Everything that happens in a sweep. What happens in its runs comes wrapped, with the name of the trial. */
export type SweepEvent =
  | {
      readonly type: 'sweep-started';
      readonly sweep: string;
      readonly id: string;
      /** Absolute folder of its record. */
      readonly folder: string;
      readonly pipeline: string;
      readonly strategy: string;
      readonly objective: Objective;
      readonly choice: 'pooled' | 'nested';
      readonly parallel: number;
      /** At most; undefined where only hours limit them. */
      readonly trials: number | undefined;
      readonly at: string;
    }
  | { readonly type: 'sweep-planned'; readonly plan: SweepPlan }
  | {
      readonly type: 'trial-started';
      readonly name: TrialName;
      readonly configuration: Configuration;
      /** The run's id. */
      readonly run: string;
      /** With successive halving: epochs that it is going to have had. */
      readonly epochs?: number;
    }
  /** An event of a trial's run. */
  | { readonly type: 'trial-event'; readonly name: TrialName; readonly event: RunEvent }
  /** `best` is the best finished trial so far, this one included. */
  | { readonly type: 'trial-ended'; readonly record: TrialRecord; readonly best: TrialRecord | undefined }
  /** Successive halving has decided who goes on. */
  | {
      readonly type: 'rung-ended';
      readonly search: string;
      readonly epochs: number;
      readonly trials: number;
      readonly goOn: readonly number[];
    }
  | { readonly type: 'chosen'; readonly chosen: readonly Chosen[]; readonly selection: string }
  /** From here on test data are read. */
  | { readonly type: 'final-started'; readonly each?: string; readonly run: string }
  | { readonly type: 'final-event'; readonly event: RunEvent }
  | { readonly type: 'final-ended'; readonly final: FinalRun }
  | {
      readonly type: 'sweep-ended';
      readonly status: 'done' | 'failed' | 'interrupted';
      readonly counts: Readonly<Record<'trials' | 'done' | 'paused' | 'failed', number>>;
      readonly seconds: number;
      readonly at: string;
    };
