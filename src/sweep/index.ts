import { PipeError, exitCodes } from '../errors.ts';
import { axisValues } from '../plan/matrix.ts';
import { type Crew, type Gate, type Workspace, runPipeline } from '../run/index.ts';
import type { JobFailure } from '../run/job.ts';
import { collectFindings } from '../spec/findings.ts';
import { specError } from '../spec/index.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { MatrixPoint, Roles } from '../stage/index.ts';
import { choose, selectionWords } from './choose.ts';
import { definitionOf } from './definition.ts';
import type { SweepEvent } from './events.ts';
import { runFinal } from './final-run.ts';
import { checkObjective, requireParts, stageOf } from './objective.ts';
import { planSweep, plannedConfigurations } from './plan-sweep.ts';
import { runHalving } from './run-halving.ts';
import { computeSeconds, runSearch } from './run-search.ts';
import { type FoldAxis, type Search, foldAxis, searchesOf } from './searches.ts';
import type { Chosen, FinalRun, TrialRecord } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { type SweepWriter, openSweepWriter } from './sweep-writer.ts';
import type { EndedTrial, Pausing, TrialContext } from './trial-runner.ts';
import {
  type PipelineSettings,
  type TrialPipelines,
  checkConfigurations,
  createTrialPipelines,
  settingsOfTrial,
} from './trial-pipelines.ts';

export { loadSweep } from './load-sweep.ts';
export type { SweepEvent, SweepPlan } from './events.ts';
export type { SweepSpec } from './sweep-spec.ts';

export interface SweepOptions extends PipelineSettings {
  readonly workspace: Workspace;
  readonly crew: Crew;
  readonly experiments: string;
  readonly signal: AbortSignal;
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
export async function runSweep(sweep: SweepSpec, options: SweepOptions): Promise<SweepOutcome> {
  const prepared = await prepare(sweep, options);
  const { emit, crew } = options;
  const plan = await planSweep({ ...prepared, sweep, place: options, jobs: crew.jobs });
  if (options.planOnly === true) {
    emit({ type: 'sweep-planned', plan });
    return { status: 'done', folder: undefined, trials: [], chosen: [], final: [], roles: undefined };
  }
  const writer = openWriter(sweep, prepared, options);
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
      seconds,
      counts,
      computeSeconds: computeSeconds(ended),
      ...(outcome.chosen.length > 0 && { chosen: outcome.chosen, selection: prepared.selection }),
      ...(outcome.final.length > 0 && { final: outcome.final }),
    });
    emit({ type: 'sweep-ended', status: outcome.status, counts, seconds, at: new Date().toISOString() });
    return outcome;
  } catch (error) {
    const code = error instanceof PipeError ? error.code : 'bug';
    const message = error instanceof Error ? error.message : 'not an error';
    writer.close({ status: 'failed', error: { code, message }, counts: countTrials(ended.map(({ record }) => record)) });
    throw error;
  }
}

interface Prepared {
  readonly base: Pipeline;
  readonly trained: StageNode;
  readonly pipelines: TrialPipelines;
  readonly searches: readonly Search[];
  /** Of the folds. */
  readonly axis: string;
  readonly pausing: Pausing | undefined;
  readonly selection: string;
}

/** Checks all that can be checked before a trial: the objective, every configuration of a grid, development data. */
async function prepare(sweep: SweepSpec, options: SweepOptions): Promise<Prepared> {
  const pipelines = createTrialPipelines(sweep, options, options.workspace.types);
  const configurations = plannedConfigurations(sweep);
  refuseSearched(sweep, options.overrides);
  const checked = sweep.strategy.kind === 'grid' ? configurations : configurations.slice(0, checkedProposals);
  await checkConfigurations(sweep, pipelines, checked);
  const findings = collectFindings();
  const parts: Part[] = [];
  for (const { name, settings } of sweep.each) {
    const base = await pipelines.load(settingsOfTrial(sweep, settings, configurations[0] ?? {}));
    checkObjective(sweep, base, findings);
    const trained = stageOf(sweep.objective, base);
    if (trained) parts.push({ each: name, base, trained });
  }
  const [first] = parts;
  const pausing = first && pausingOf(first.trained);
  if (first && sweep.strategy.kind === 'halving' && pausing === undefined) {
    const { name, type } = first.trained;
    const message = `Trainings of \`${name}\` cannot pause: its type \`${type.name}\` is not \`pausable\`.`;
    findings.add('bad-strategy', sweep.place(['strategy']), message, 'Take another strategy, or let the stage type declare it.');
  }
  if (first === undefined || findings.count > 0) throw specError(sweep.file, findings.all());
  const folds = new Map<string | undefined, FoldAxis>();
  for (const part of parts) folds.set(part.each, await findFolds(sweep, part, options));
  const foldsOf = (each: string | undefined) => folds.get(each) ?? foldAxis('', '', [], first.base);
  return {
    base: first.base,
    trained: first.trained,
    pipelines,
    searches: searchesOf(sweep, foldsOf),
    axis: first.trained.type.parts?.axis ?? '',
    pausing,
    selection: selectionWords(sweep.choice, rolesOf(first.base)),
  };
}

/** Of configurations that are found on the way, so many at random are checked beforehand. */
const checkedProposals = 20;

/** What is swept by itself, with its first configuration. */
interface Part {
  readonly each: string | undefined;
  readonly base: Pipeline;
  readonly trained: StageNode;
}

const rolesOf = ({ stages }: Pipeline) => stages.find(({ type }) => type.roles)?.type.roles;

/** `--set` of what is searched would be lost in every trial. */
function refuseSearched({ space }: SweepSpec, overrides: readonly string[]): void {
  for (const override of overrides) {
    const path = override.split('=')[0]?.trim() ?? '';
    if (!space.some((parameter) => parameter.path === path)) continue;
    throw new PipeError('searched-override', `\`${path}\` is what the sweep searches: --set cannot set it.`, {
      exitCode: exitCodes.usage,
      advice: 'Leave it out, or take it out of `space`.',
    });
  }
}

function pausingOf(node: StageNode): Pausing | undefined {
  const { pausable } = node.type;
  if (pausable === undefined) return undefined;
  const epochs = node.params(anyPoint(node))[pausable.of];
  return typeof epochs === 'number' ? { path: `stages.${node.name}.with.${pausable.by}`, epochs } : undefined;
}

const anyPoint = ({ matrix }: StageNode): MatrixPoint =>
  Object.fromEntries(
    Object.entries(matrix).map(([name, axis]) => [name, axis.kind === 'values' ? (axis.values[0] ?? '') : '']),
  );

/** Runs what the folds are made by: they are made of names. */
async function findFolds(
  sweep: SweepSpec,
  { base, trained }: Part,
  { workspace, crew, signal }: SweepOptions,
): Promise<FoldAxis> {
  const { parts } = trained.type;
  const name = parts?.axis ?? '';
  const maker = trained.needs[parts?.input ?? '']?.stage;
  const failures: PipeError[] = [];
  const outcome = await runPipeline(base, workspace, {
    jobs: crew.jobs,
    crew,
    signal,
    ...(maker !== undefined && { target: maker }),
    emit(event) {
      if (event.type !== 'task-failed' || event.willRetry) return;
      const { failure, task } = event;
      const { code, message, advice } = failure;
      const exitCode = exitCodeOfFailure(failure);
      failures.push(new PipeError(code, `${task.stage}: ${message}`, { exitCode, advice }));
    },
  });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const axis = trained.matrix[name];
  if (outcome.status !== 'done' || axis === undefined) return foldAxis(trained.name, name, [], base);
  requireParts(sweep.objective, outcome.graph);
  const names = axisValues(trained, name, axis, outcome.graph).map(String);
  return foldAxis(trained.name, name, names, base);
}

const exitCodeOfFailure = ({ reason }: JobFailure) =>
  reason === 'data' || reason === 'changed' ? exitCodes.inputData : exitCodes.taskFailed;

function openWriter(sweep: SweepSpec, { base, axis }: Prepared, options: SweepOptions): SweepWriter {
  const { overrides, engine, experiments, isNew = false } = options;
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
    definition: definitionOf(sweep, base, { overrides, ...(engine !== undefined && { engine }) }),
    space,
    strategy: { ...strategy },
    objective,
    budget,
    parallel,
    choice,
    foldAxis: axis,
    ...(roles && { roles }),
  };
  return openSweepWriter(experiments, facts, sweep.text, { isNew });
}

function startEvent(sweep: SweepSpec, base: Pipeline, { folder, id }: SweepWriter, trials: number | undefined): SweepEvent {
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
  { base, searches, axis, selection, trained }: Prepared,
  context: TrialContext,
): Promise<SweepOutcome> {
  const { sweep, place, writer, emit } = context;
  const trials = ended.map(({ record }) => record);
  const outcome = { folder: writer.folder, trials, chosen: [], final: [], roles: rolesOf(base) };
  if (place.signal.aborted) return { ...outcome, status: 'interrupted' };
  const chosen = choose({ objective: sweep.objective, choice: sweep.choice, axis, searches, trials });
  if (chosen.length === 0) return { ...outcome, status: 'failed' };
  emit({ type: 'chosen', chosen, selection });
  const final = await runFinal(chosen, trained, axis, context);
  const failed = trials.some(({ status }) => status === 'failed') || final.some(({ status }) => status === 'failed');
  if (place.signal.aborted) return { ...outcome, chosen, final, status: 'interrupted' };
  return { ...outcome, chosen, final, status: failed ? 'failed' : 'done' };
}

function countTrials(trials: readonly TrialRecord[]) {
  const count = (wanted: TrialRecord['status']) => trials.filter(({ status }) => status === wanted).length;
  return { trials: trials.length, done: count('done'), paused: count('paused'), failed: count('failed') };
}
