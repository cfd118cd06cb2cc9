import type { RunEvent } from '../run/events.ts';
import type { SweepEvent, SweepPlan, TrialName } from '../sweep/events.ts';
import type { Configuration } from '../sweep/search/space.ts';
import type { Chosen, Objective, TrialRecord } from '../sweep/sweep-record.ts';
import { createRunModel } from './create-run-model.ts';
import { type EventTail, type TailKind, createTail } from './event-tail.ts';
import { formatFigure } from './format.ts';
import type { ModelStatus, RunModel } from './run-model.ts';
import { harmless } from './harmless.ts';

/** What is listed of a sweep: a trial, or the final run of what was chosen. */
interface RowModel {
  /** Of a trial `12`, or `corpus=emodb 12` where the sweep has several searches; unique. */
  readonly title: string;
  status: ModelStatus | TrialRecord['status'];
  /** Its run, while it runs and a while after. */
  run: RunModel | undefined;
  /** Reads its run from the record, once. */
  recorded?: () => RunModel;
}

/** A trial as it is shown. */
export interface TrialModel extends RowModel {
  readonly name: TrialName;
  readonly configuration: Configuration;
  /** Of successive halving: epochs that it has had, or is going to have. */
  epochs: number | undefined;
  objective: number | null;
  record: TrialRecord | undefined;
}

/** The run that reads the test data. */
export interface FinalModel extends RowModel {
  headline: readonly string[];
}

export interface SweepModel {
  sweep: string;
  id: string;
  pipeline: string;
  strategy: string;
  choice: string;
  objective: Objective | undefined;
  /** Trials of all searches at most. */
  budget: number | undefined;
  plan: SweepPlan | undefined;
  status: ModelStatus;
  startedAt: number | undefined;
  /** Where it is not its first start: when that began, and how many seconds the earlier ones took. */
  resumed: { readonly at: number; readonly secondsBefore: number } | undefined;
  endedAt: number | undefined;
  /** Why it failed. */
  error: { readonly code: string; readonly message: string } | undefined;
  paused: boolean;
  /** In the order that they began. */
  readonly trials: Map<string, TrialModel>;
  /** By their titles. */
  readonly finals: Map<string, FinalModel>;
  best: string | undefined;
  chosen: readonly Chosen[];
  selection: string;
  readonly tail: EventTail;
  version: number;
  apply(event: SweepEvent, at?: number): void;
  note(text: string): void;
}

/** Runs of ended trials that can still be looked into. */
const keptRuns = 20;

export function createSweepModel(now: () => number = Date.now): SweepModel {
  const model: SweepModel = {
    sweep: '',
    id: '',
    pipeline: '',
    strategy: '',
    choice: 'pooled',
    objective: undefined,
    budget: undefined,
    plan: undefined,
    status: 'running',
    startedAt: undefined,
    resumed: undefined,
    endedAt: undefined,
    error: undefined,
    paused: false,
    trials: new Map(),
    finals: new Map(),
    best: undefined,
    chosen: [],
    selection: '',
    tail: createTail(),
    version: 0,
    apply(event, at = now()) {
      model.version += 1;
      applySweepEvent(model, event, at, now);
    },
    note(text) {
      model.version += 1;
      tell(model, now(), 'warning', text);
    },
  };
  return model;
}

export const titleOfTrial = ({ search, trial }: TrialName): string =>
  search === '' ? `${trial}` : harmless(`${search} ${trial}`);

export const rowOf = ({ trials, finals }: SweepModel, title: string): TrialModel | FinalModel | undefined =>
  trials.get(title) ?? finals.get(title);

/** Seconds that the sweep has been on, without the time between its starts. */
export function secondsIntoSweep({ startedAt, resumed }: SweepModel, at: number): number {
  if (startedAt === undefined) return 0;
  const since = Math.max(0, (at - startedAt) / 1000);
  if (resumed === undefined) return since;
  const { secondsBefore } = resumed;
  return at < resumed.at ? Math.min(since, secondsBefore) : secondsBefore + (at - resumed.at) / 1000;
}

function tell(model: SweepModel, at: number, kind: TailKind, text: string): void {
  model.tail.add(secondsIntoSweep(model, at), kind, text);
}

function applySweepEvent(model: SweepModel, event: SweepEvent, at: number, now: () => number): void {
  switch (event.type) {
    case 'sweep-started': {
      const { sweep, id, pipeline, strategy, choice, objective, trials } = event;
      Object.assign(model, { sweep: harmless(sweep), id, pipeline, strategy, choice, objective, budget: trials });
      model.startedAt = Date.parse(event.at);
      return;
    }
    case 'sweep-planned':
      model.plan = event.plan;
      return;
    case 'trial-started':
      return beginTrial(model, event, at, now);
    case 'trial-event': {
      const trial = model.trials.get(titleOfTrial(event.name));
      trial?.run?.apply(event.event, at);
      return followPause(model, event.event, at);
    }
    case 'trial-ended':
      return endTrial(model, event.record, event.best, at);
    case 'rung-ended':
      return tell(
        model,
        at,
        'done',
        `after ${event.epochs} epochs ${event.goOn.length} of ${event.trials} trials go on`,
      );
    case 'chosen':
      model.chosen = event.chosen;
      model.selection = event.selection;
      for (const { search, trial, objective } of event.chosen)
        tell(model, at, 'done', `chosen: trial ${titleOfTrial({ search, trial })}, ${formatFigure(objective)}`);
      return;
    case 'final-started': {
      const title = finalTitle(event.each);
      model.finals.set(title, { title, status: 'running', headline: [], run: createRunModel(now) });
      return tell(model, at, 'running', `${title}: test data are read from here on`);
    }
    case 'final-event':
      [...model.finals.values()].at(-1)?.run?.apply(event.event, at);
      return followPause(model, event.event, at);
    case 'final-ended': {
      const { each, status, headline } = event.final;
      const title = finalTitle(each);
      model.finals.set(title, { title, status, headline, run: model.finals.get(title)?.run });
      return tell(model, at, status === 'done' ? 'done' : 'failed', title);
    }
    case 'sweep-ended':
      model.status = event.status;
      model.endedAt = Date.parse(event.at);
      model.paused = false;
      return tell(model, at, event.status === 'done' ? 'done' : 'failed', `the sweep is ${event.status}`);
  }
}

export const finalTitle = (each: string | undefined): string =>
  each === undefined ? 'final run' : harmless(`final run ${each}`);

function beginTrial(
  model: SweepModel,
  { name, configuration, epochs }: Extract<SweepEvent, { type: 'trial-started' }>,
  at: number,
  now: () => number,
): void {
  const title = titleOfTrial(name);
  const earlier = model.trials.get(title);
  const run = createRunModel(now);
  const { objective, record } = earlier ?? { objective: null, record: undefined };
  model.trials.set(title, { title, name, configuration, status: 'running', epochs, objective, record, run });
  tell(model, at, 'running', `trial ${title}${epochs === undefined ? '' : ` to epoch ${epochs}`}`);
}

function endTrial(model: SweepModel, record: TrialRecord, best: TrialRecord | undefined, at: number): void {
  const title = titleOfTrial(record);
  const { status, objective, configuration } = record;
  const run = model.trials.get(title)?.run;
  const epochs = record.rungs?.at(-1)?.epochs;
  const name = { search: record.search, trial: record.trial };
  model.trials.set(title, { title, name, configuration, status, epochs, objective, record, run });
  const before = model.best;
  model.best = best && titleOfTrial(best);
  const isBest = model.best === title && before !== title;
  const outcome = objective === null ? (record.error?.message ?? status) : formatFigure(objective);
  tell(
    model,
    at,
    status === 'failed' ? 'failed' : 'done',
    `trial ${title}: ${outcome}${isBest ? ', the best so far' : ''}`,
  );
  const kept = [...model.trials.values()].filter((trial) => trial.run !== undefined && trial.status !== 'running');
  for (const trial of kept.slice(0, -keptRuns)) trial.run = undefined;
}

/** All runs of a sweep pause together. */
function followPause(model: SweepModel, { type }: RunEvent, at: number): void {
  if (type !== 'run-paused' && type !== 'run-resumed') return;
  const paused = type === 'run-paused';
  if (paused === model.paused) return;
  model.paused = paused;
  tell(model, at, 'warning', paused ? 'paused: running tasks go on, nothing new is begun' : 'resumed');
}

/** A trial that another process computes: its run, to be filled from its record. */
export function followTrial(model: SweepModel, name: TrialName, configuration: Configuration): RunModel {
  const title = titleOfTrial(name);
  const { objective, record } = model.trials.get(title) ?? { objective: null, record: undefined };
  const run = createRunModel();
  model.trials.set(title, { title, name, configuration, status: 'running', epochs: undefined, objective, record, run });
  return run;
}
