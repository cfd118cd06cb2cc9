import { dirname } from 'node:path';
import { PipeError } from '../errors.ts';
import { gitState } from '../experiment/environment.ts';
import { autoEngine } from '../plan/engines.ts';
import type { Gate } from '../run/index.ts';
import type { Pipeline } from '../spec/types.ts';
import type { Roles } from '../stage/index.ts';
import { choose, requireChoices } from './choose.ts';
import { definitionOf, requireSameSweep } from './definition.ts';
import type { SweepEvent } from './events.ts';
import { runFinal } from './final-run.ts';
import { planSweep } from './plan-sweep.ts';
import { type Preparation, type PreparedSweep, prepareSweep, rolesOf } from './prepare-sweep.ts';
import { readTrials } from './read-sweep.ts';
import { runHalving } from './run-halving.ts';
import { computeSeconds, runSearch } from './run-search.ts';
import type { Chosen, FinalRun, SweepRecord, TrialRecord } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { type SweepWriter, newestSweep, openSweepWriter } from './sweep-writer.ts';
import { withStartLease } from './start-lease.ts';
import type { EndedTrial, TrialContext } from './trial-runner.ts';

export { loadSweep } from './load-sweep.ts';
export type { SweepEvent, SweepPlan } from './events.ts';
export type { SweepSpec } from './sweep-spec.ts';

export interface SweepOptions extends Preparation {
  readonly experiments: string;
  readonly gate?: Gate;
  /** Begin another one, though one of the name is on record. */
  readonly isNew?: boolean;
  /** Only tell what it is going to cost. */
  readonly planOnly?: boolean;
  readonly emit: (event: SweepEvent) => void;
}

export interface SweepOutcome {
  readonly status: 'done' | 'failed' | 'interrupted';
  /** Absolute; undefined when it was only planned. */
  readonly folder: string | undefined;
  readonly trials: readonly TrialRecord[];
  readonly chosen: readonly Chosen[];
  readonly final: readonly FinalRun[];
  /** The words of the data. */
  readonly roles: Roles | undefined;
}

/**
 * Runs a sweep, or goes on with it: which trials there are follows from the sweep and from results by key alone, so that one that
 * was killed anywhere comes to the same end. Test data are read in the final run, of what was chosen, and nowhere else.
 */
export async function runSweep(sweep: SweepSpec, given: SweepOptions): Promise<SweepOutcome> {
  // An engine that is installed meanwhile would give the later trials other results.
  const earlier = given.isNew === true ? undefined : newestSweep(given.experiments, sweep.name);
  const options = { ...given, auto: earlier?.record.auto ?? autoEngine() };
  const prepared = await prepareSweep(sweep, options);
  const { emit, crew, overrides, engine } = options;
  const definition = definitionOf(sweep, prepared.base, { overrides, ...(engine !== undefined && { engine }) });
  if (earlier !== undefined) requireSameSweep(earlier.record, definition);
  const plan = await planSweep({ ...prepared, sweep, place: options, jobs: crew.jobs });
  if (options.planOnly === true) {
    const status = isStopped(options.signal) ? 'interrupted' : 'done';
    // Without its folds a plan would be of nothing.
    if (status === 'done') emit({ type: 'sweep-planned', plan });
    return { status, folder: undefined, trials: [], chosen: [], final: [], roles: undefined };
  }
  const writer = await openWriter(sweep, prepared, definition, plan.trials, options);
  emit(startEvent(sweep, prepared.base, writer, plan.trials));
  emit({ type: 'sweep-planned', plan });
  const started = performance.now();
  const context: TrialContext = { ...prepared, sweep, place: options, writer, emit };
  const ended: EndedTrial[] = [];
  try {
    for (const search of prepared.searches) {
      if (options.signal.aborted) break;
      ended.push(...(await (sweep.strategy.kind === 'halving' ? runHalving : runSearch)(search, context)));
    }
    const outcome = await finish(ended, prepared, context);
    const seconds = (performance.now() - started) / 1000;
    const counts = countTrials(outcome.trials);
    writer.close({
      status: outcome.status,
      counts: countTrials(readTrials(writer.folder)),
      computeSeconds: computeSeconds(ended),
      ...(outcome.chosen.length > 0 && { chosen: outcome.chosen, selection: prepared.selection }),
    });
    emit({ type: 'sweep-ended', status: outcome.status, counts, seconds, at: new Date().toISOString() });
    return outcome;
  } catch (error) {
    const code = error instanceof PipeError ? error.code : 'bug';
    const message = error instanceof Error ? error.message : 'not an error';
    writer.close({
      status: 'failed',
      error: { code, message },
      // Of the search that threw, nothing has come here.
      counts: countTrials(readTrials(writer.folder)),
    });
    throw error;
  }
}

async function openWriter(
  sweep: SweepSpec,
  { base, axis }: PreparedSweep,
  definition: SweepRecord['definition'],
  planned: number | undefined,
  options: SweepOptions,
): Promise<SweepWriter> {
  const { overrides, engine, auto, experiments, isNew = false } = options;
  const { name, description, file, space, strategy, objective, budget, parallel, choice } = sweep;
  const roles = rolesOf(base);
  const facts = {
    name,
    ...(description !== undefined && { description }),
    spec: file,
    pipeline: { name: base.name, file: base.file },
    overrides: [...sweep.set.map(({ path, value }) => `${path}=${JSON.stringify(value)}`), ...overrides],
    data: base.data,
    ...(engine !== undefined && { engine }),
    ...(auto !== undefined && { auto }),
    definition,
    space,
    strategy: { ...strategy },
    objective,
    budget,
    ...(planned !== undefined && { planned }),
    parallel,
    choice,
    foldAxis: axis,
    ...(roles && { roles }),
  };
  const git = await gitState(dirname(base.file));
  return withStartLease(options.workspace.store, experiments, name, () =>
    openSweepWriter(experiments, facts, sweep.text, { isNew, ...(git && { git }) }),
  );
}

function startEvent(
  sweep: SweepSpec,
  base: Pipeline,
  { folder, id }: SweepWriter,
  trials: number | undefined,
): SweepEvent {
  const { name, strategy, objective, choice, parallel } = sweep;
  const at = new Date().toISOString();
  return {
    type: 'sweep-started',
    sweep: name,
    id,
    folder,
    pipeline: base.name,
    strategy: strategy.kind,
    objective,
    choice,
    parallel,
    trials,
    at,
  };
}

/** Chooses, and reads the test data for what was chosen; not before all trials have ended. */
async function finish(
  ended: readonly EndedTrial[],
  { base, searches, foldsOf, axis, selection, trained }: PreparedSweep,
  context: TrialContext,
): Promise<SweepOutcome> {
  const { sweep, place, writer, emit } = context;
  const trials = ended.map(({ record }) => record);
  const outcome = { folder: writer.folder, trials, chosen: [], final: [], roles: rolesOf(base) };
  if (isStopped(place.signal)) return { ...outcome, status: 'interrupted' };
  const chosen = choose({ objective: sweep.objective, choice: sweep.choice, axis, searches, trials });
  if (chosen.length === 0) return { ...outcome, status: 'failed' };
  if (sweep.choice === 'nested') for (const { name } of sweep.each) requireChoices(chosen, name, foldsOf(name), axis);
  emit({ type: 'chosen', chosen, selection });
  const own = await runFinal(chosen, trained, axis, context);
  const failed = [...trials, ...own].some(({ status }) => status === 'failed');
  const final = writer.finals();
  if (isStopped(place.signal)) return { ...outcome, chosen, final, status: 'interrupted' };
  return { ...outcome, chosen, final, status: failed ? 'failed' : 'done' };
}

/** It may change while something is awaited. */
const isStopped = ({ aborted }: AbortSignal): boolean => aborted;

function countTrials(trials: readonly TrialRecord[]) {
  const count = (wanted: TrialRecord['status']) => trials.filter(({ status }) => status === wanted).length;
  return { trials: trials.length, done: count('done'), paused: count('paused'), failed: count('failed') };
}
