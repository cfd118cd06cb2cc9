import { PipeError, exitCodes } from '../errors.ts';
import { axisValues } from '../plan/matrix.ts';
import { type Crew, type Gate, type Workspace, runPipeline } from '../run/index.ts';
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
  readonly folds: FoldAxis;
  readonly pausing: Pausing | undefined;
  readonly selection: string;
}

/** Checks all that can be checked before a trial: the objective, every configuration of a grid, development data. */
async function prepare(sweep: SweepSpec, options: SweepOptions): Promise<Prepared> {
  const pipelines = createTrialPipelines(sweep, options, options.workspace.types);
  const configurations = plannedConfigurations(sweep);
  const [first = {}] = configurations;
  const [each] = sweep.each;
  refuseSearched(sweep, options.overrides);
  await checkConfigurations(sweep, pipelines, sweep.strategy.kind === 'grid' ? configurations : configurations.slice(0, 20));
  const base = await pipelines.load(settingsOfTrial(sweep, each?.settings ?? [], first));
  const findings = collectFindings();
  checkObjective(sweep, base, findings);
  const trained = stageOf(sweep.objective, base);
  const pausing = trained && pausingOf(trained);
  if (trained && sweep.strategy.kind === 'halving' && pausing === undefined) {
    const message = `Trainings of \`${trained.name}\` cannot pause: its type \`${trained.type.name}\` is not \`pausable\`.`;
    findings.add('bad-strategy', sweep.place(['strategy']), message, 'Take another strategy, or let the stage type declare it.');
  }
  if (trained === undefined || findings.count > 0) throw specError(sweep.file, findings.all());
  const folds = await findFolds(sweep, trained, pipelines, options);
  const selection = selectionWords(sweep.choice, rolesOf(base));
  return { base, trained, pipelines, searches: searchesOf(sweep, folds), folds, pausing, selection };
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

/** Runs what the folds are made by, which takes names only, and nothing of what is swept. */
async function findFolds(
  sweep: SweepSpec,
  trained: StageNode,
  pipelines: TrialPipelines,
  { workspace, crew, signal }: SweepOptions,
): Promise<FoldAxis> {
  const { parts } = trained.type;
  const name = parts?.axis ?? '';
  const [each] = sweep.each;
  const pipeline = await pipelines.load(settingsOfTrial(sweep, each?.settings ?? [], plannedConfigurations(sweep)[0] ?? {}));
  const maker = trained.needs[parts?.input ?? '']?.stage;
  const failures: PipeError[] = [];
  const outcome = await runPipeline(pipeline, workspace, {
    jobs: crew.jobs,
    crew,
    signal,
    ...(maker !== undefined && { target: maker }),
    emit(event) {
      if (event.type !== 'task-failed' || event.willRetry) return;
      const { code, message, advice } = event.failure;
      failures.push(new PipeError(code, `${event.task.stage}: ${message}`, { exitCode: exitCodes.taskFailed, advice }));
    },
  });
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  const axis = trained.matrix[name];
  if (outcome.status !== 'done' || axis === undefined) return foldAxis(trained.name, name, [], pipeline);
  requireParts(sweep.objective, { ...outcome.graph, pipeline });
  const names = axisValues(trained, name, axis, outcome.graph).map(String);
  return foldAxis(trained.name, name, names, pipeline);
}

function openWriter(sweep: SweepSpec, { base, folds }: Prepared, options: SweepOptions): SweepWriter {
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
    foldAxis: folds.axis,
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
  { base, searches, folds, selection, trained }: Prepared,
  context: TrialContext,
): Promise<SweepOutcome> {
  const { sweep, place, writer, emit } = context;
  const trials = ended.map(({ record }) => record);
  const outcome = { folder: writer.folder, trials, chosen: [], final: [], roles: rolesOf(base) };
  if (place.signal.aborted) return { ...outcome, status: 'interrupted' };
  const chosen = choose({ objective: sweep.objective, choice: sweep.choice, axis: folds.axis, searches, trials });
  if (chosen.length === 0) return { ...outcome, status: 'failed' };
  emit({ type: 'chosen', chosen, selection });
  const final = await runFinal(chosen, trained, folds.axis, context);
  const failed = trials.some(({ status }) => status === 'failed') || final.some(({ status }) => status === 'failed');
  if (place.signal.aborted) return { ...outcome, chosen, final, status: 'interrupted' };
  return { ...outcome, chosen, final, status: failed ? 'failed' : 'done' };
}

function countTrials(trials: readonly TrialRecord[]) {
  const count = (wanted: TrialRecord['status']) => trials.filter(({ status }) => status === wanted).length;
  return { trials: trials.length, done: count('done'), paused: count('paused'), failed: count('failed') };
}
