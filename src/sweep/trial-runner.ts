import { PipeError, exitCodes } from '../errors.ts';
import { newRunId } from '../experiment/index.ts';
import type { Graph } from '../plan/graph-types.ts';
import type { JobFailure } from '../run/job.ts';
import type { ActionKey } from '../store/types.ts';
import type { SweepEvent } from './events.ts';
import { isHindrance } from './hindrance.ts';
import { meanOf, readObjective, requireObjective, stageOf, watchObjective } from './objective.ts';
import { type Pausing, pausingOf, requireSamePausing } from './pausing.ts';
import { type RunPlace, recordedRun } from './recorded-run.ts';
import type { Search } from './searches.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { Configuration } from './search/index.ts';
import type { RungRecord, TrialRecord } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import type { SweepWriter } from './sweep-writer.ts';
import { type TrialPipelines, settingsOfTrial } from './trial-pipelines.ts';
import { overrideOf } from './settings.ts';

export interface TrialContext {
  readonly sweep: SweepSpec;
  readonly pipelines: TrialPipelines;
  readonly place: RunPlace;
  readonly writer: SweepWriter;
  pausingOf(each: string | undefined): Pausing | undefined;
  /** What the choice has seen, in words. */
  readonly selection: string;
  readonly emit: (event: SweepEvent) => void;
}

/** A trial that has come to an end. */
export interface EndedTrial {
  readonly record: TrialRecord;
  /** Compute seconds of each of its tasks. */
  readonly seconds: ReadonlyMap<ActionKey, number>;
  /** What made it fail, where it was a task. */
  readonly failure?: JobFailure;
}

export interface TrialRequest {
  readonly search: Search;
  /** From 1. */
  readonly trial: number;
  readonly configuration: Configuration;
  /** With successive halving: of this rung, and what the rungs before it came to. */
  readonly rung?: {
    readonly epochs: number;
    readonly isLast: boolean;
    readonly before: readonly RungRecord[];
    /** Compute seconds of the tasks of those before. */
    readonly spent: ReadonlyMap<ActionKey, number>;
  };
}

/**
 * Runs one trial up to the objective's stage: nothing that reads test data runs. Undefined when the sweep was interrupted.
 * A failed task, or a configuration that the pipeline does not accept, is a failed trial; rejects for what no other trial
 * could do better.
 */
export async function runTrial(request: TrialRequest, context: TrialContext): Promise<EndedTrial | undefined> {
  const { search, trial, configuration, rung } = request;
  const { sweep, pipelines, place, writer, emit } = context;
  const pausing = context.pausingOf(search.each);
  const name = { search: search.name, trial };
  const settings = settingsOfTrial(sweep, search.settings, configuration);
  const stop = rung === undefined || rung.isLast || !pausing ? [] : [`${pausing.path}=${rung.epochs}`];
  const more = [...search.overrides, ...stop];
  const facts = { ...name, configuration, overrides: [...settings.map(overrideOf), ...more] };
  const run = newRunId();
  emit({ type: 'trial-started', name, configuration, run, ...(rung && { epochs: rung.epochs }) });
  let pipeline;
  try {
    pipeline = await pipelines.load(settings, more);
  } catch (error) {
    // Missing data, say, are no fault of the configuration.
    if (!(error instanceof PipeError) || error.exitCode !== exitCodes.usage) throw error;
    // Nothing was run, or recorded.
    const seconds = rung?.spent ?? new Map<ActionKey, number>();
    return { record: failedTrial(facts, error, request, { seconds }), seconds };
  }
  requireObjective(sweep, pipeline);
  if (rung !== undefined && pausing !== undefined) requireSamePausing(sweep, pipeline, pausing);
  const earlier = earlierRun(facts, writer.earlier.trials);
  const watch = watchObjective(sweep.objective, place.workspace.store);
  const watched = { ...place, signal: AbortSignal.any([place.signal, watch.signal]) };
  const ended = await recordedRun(pipeline, watched, {
    run,
    target: sweep.objective.stage,
    sweep: { name: sweep.name, id: writer.id, ...name },
    ...(earlier !== undefined && { earlier }),
    emit(event) {
      emit({ type: 'trial-event', name, event });
      watch.event(event);
    },
  });
  watch.signal.throwIfAborted();
  if (ended.status === 'interrupted') return undefined;
  const seconds = new Map([...(rung?.spent ?? []), ...secondsOf(ended.graph)]);
  if (ended.status === 'failed') {
    const failure = ended.failures.find(isHindrance) ?? ended.failures[0];
    return {
      record: failedTrial(facts, failure, request, { run: ended.run, seconds }),
      seconds,
      ...(failure && { failure }),
    };
  }
  const replicates = readObjective(sweep.objective, ended.graph);
  const objective = meanOf(replicates);
  const { overrides } = facts;
  const rungs = rung && [
    ...rung.before,
    { epochs: rung.epochs, objective, replicates, ...(!rung.isLast && { run: ended.run, overrides }) },
  ];
  const epochs = rung?.epochs ?? pausingOf(stageOf(sweep.objective, pipeline))?.epochs;
  const record: TrialRecord = {
    ...facts,
    status: rung === undefined || rung.isLast ? 'done' : 'paused',
    replicates,
    objective,
    ...(rungs && { rungs }),
    cost: {
      ...(epochs !== undefined && { epochs: epochs * replicates.length }),
      seconds: sumOf(seconds),
    },
    run: ended.run,
  };
  return { record, seconds };
}

function failedTrial(
  facts: Pick<TrialRecord, 'search' | 'trial' | 'configuration' | 'overrides'>,
  failure: Pick<JobFailure, 'code' | 'message'> | undefined,
  { rung }: TrialRequest,
  { run, seconds }: { readonly run?: string; readonly seconds: ReadonlyMap<ActionKey, number> },
): TrialRecord {
  const { code, message } = failure ?? { code: 'failed', message: 'A task failed.' };
  return {
    ...facts,
    status: 'failed',
    replicates: [],
    objective: null,
    ...(rung && { rungs: rung.before }),
    cost: { seconds: sumOf(seconds) },
    ...(run !== undefined && { run }),
    error: { code, message },
  };
}

const sumOf = (seconds: ReadonlyMap<ActionKey, number>): number =>
  Array.from(seconds.values()).reduce((sum, one) => sum + one, 0);

/** The run that an earlier start of the sweep recorded for the same trial, or for the same rung of it. */
function earlierRun(
  { search, trial, overrides }: Pick<TrialRecord, 'search' | 'trial' | 'overrides'>,
  known: readonly TrialRecord[],
): string | undefined {
  const trials = known.filter((one) => one.search === search && one.trial === trial);
  const found = trials
    .flatMap((one) => [one, ...(one.rungs ?? [])])
    .find((one) => one.overrides !== undefined && canonicalJson([...one.overrides]) === canonicalJson([...overrides]));
  return found?.run?.split('/')[1];
}

/** A task counts once, however many trials share its result. */
function secondsOf(graph: Graph): ReadonlyMap<ActionKey, number> {
  const seconds = new Map<ActionKey, number>();
  for (const { tasks } of graph.stages) {
    for (const { key, result } of tasks)
      if (key !== undefined && result !== undefined) seconds.set(key, result.seconds);
  }
  return seconds;
}
