import { type Diagnostic, PipeError } from '../errors.ts';
import { axisValues } from '../plan/matrix.ts';
import { failureExitCode } from '../run/failure-exit-code.ts';
import { type Crew, type Workspace, runPipeline } from '../run/index.ts';
import { collectFindings } from '../spec/findings.ts';
import { specError } from '../spec/index.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { Roles } from '../stage/index.ts';
import { selectionWords } from './choose.ts';
import { requireFoldsCanDiffer } from './nested-check.ts';
import { checkObjective, requireParts, stageOf } from './objective.ts';
import { plannedConfigurations } from './plan-sweep.ts';
import { type FoldAxis, type Search, foldAxis, searchesOf } from './searches.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { type Pausing, checkPausing, pausingOf } from './pausing.ts';
import {
  type PipelineSettings,
  type TrialPipelines,
  createTrialPipelines,
  faultsOf,
  settingsOfTrial,
} from './trial-pipelines.ts';

export interface Preparation extends PipelineSettings {
  readonly workspace: Workspace;
  readonly crew: Crew;
  readonly signal: AbortSignal;
  /** Looks at the swept pipeline before anything runs. Throws a PipeError for what is wrong with it. */
  readonly check?: (pipeline: Pipeline) => void;
}

/** A sweep of which all that can be known before its first trial was found right. */
export interface PreparedSweep {
  readonly base: Pipeline;
  readonly trained: StageNode;
  readonly pipelines: TrialPipelines;
  readonly searches: readonly Search[];
  /** Names of the folds of each part; none where the objective's stage has no axis of folds. */
  foldsOf(each: string | undefined): readonly string[];
  /** Of the folds. */
  readonly axis: string;
  /** Of the objective's stage, in each part. */
  pausingOf(each: string | undefined): Pausing | undefined;
  readonly selection: string;
}

/** Checks all that can be checked before a trial: the objective, every configuration of a grid, development data. */
export async function prepareSweep(sweep: SweepSpec, options: Preparation): Promise<PreparedSweep> {
  const pipelines = createTrialPipelines(sweep, options, options.workspace.types);
  const configurations = plannedConfigurations(sweep);
  const checked = sweep.strategy.kind === 'grid' ? configurations : configurations.slice(0, checkedProposals);
  // By themselves: what a pipeline has against them follows from them.
  const overlaps = searchedFaults(sweep, options.overrides);
  const faults = overlaps.length > 0 ? overlaps : await faultsOf(sweep, pipelines, checked);
  if (faults.length > 0) throw specError(sweep.file, faults);
  const findings = collectFindings();
  const parts: Part[] = [];
  for (const { name, settings } of sweep.each) {
    const base = await pipelines.load(settingsOfTrial(sweep, settings, configurations[0] ?? {}));
    options.check?.(base);
    checkObjective(sweep, base, findings);
    const trained = stageOf(sweep.objective, base);
    if (trained) parts.push({ each: name, base, trained });
  }
  const [first] = parts;
  if (sweep.strategy.kind === 'halving') {
    for (const part of parts) await checkPausing(sweep, part, checked, pipelines, findings);
  }
  if (first === undefined || findings.count > 0) throw specError(sweep.file, findings.all());
  if (sweep.choice === 'nested') await requireFoldsCanDiffer(sweep, parts, configurations, pipelines);
  const folds = new Map<string | undefined, FoldAxis>();
  for (const part of parts) folds.set(part.each, await findFolds(sweep, part, options));
  const foldsOf = (each: string | undefined) => folds.get(each) ?? foldAxis('', '', [], first.base);
  return {
    base: first.base,
    trained: first.trained,
    pipelines,
    searches: searchesOf(sweep, foldsOf),
    foldsOf: (each) => foldsOf(each).names,
    axis: first.trained.type.parts?.axis ?? '',
    pausingOf: (each) => pausingOf(parts.find((part) => part.each === each)?.trained),
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

export const rolesOf = ({ stages }: Pipeline): Roles | undefined => stages.find(({ type }) => type.roles)?.type.roles;

/** What is searched cannot be set: `--set` of it would be lost in every trial, and the test data are for what was chosen. */
function searchedFaults(sweep: SweepSpec, overrides: readonly string[]): readonly Diagnostic[] {
  const searched = searchedPaths(sweep);
  const fault = (path: string, where: string, more: Pick<Diagnostic, 'advice' | 'place'>): readonly Diagnostic[] => {
    // What stands above or below it would be lost as well, or a part of it.
    const found = searched.find((one) => overlap(path, one));
    const message = `\`${path}\` of ${where} overlaps with \`${found}\`, which the sweep searches.`;
    return found === undefined ? [] : [{ code: 'searched-override', message, ...more }];
  };
  const advice = 'Test data are read for what was chosen: leave it out of `final`, or out of `space`.';
  return [
    ...overrides.flatMap((override) =>
      fault(override.split('=')[0]?.trim() ?? '', '`--set`', { advice: 'Leave it out, or take it out of `space`.' }),
    ),
    ...sweep.final.flatMap(({ path, place }) => fault(path, '`final`', { advice, place })),
  ];
}

/** Whether one of two paths stands at or above the other. */
const overlap = (one: string, other: string): boolean =>
  `${one}.`.startsWith(`${other}.`) || other.startsWith(`${one}.`);

/** Its own names, and all paths that any value of the space sets. */
function searchedPaths({ space, settingsOf }: SweepSpec): readonly string[] {
  return space.flatMap((parameter) => [
    parameter.path,
    ...(parameter.kind === 'choice' ? parameter.values : []).flatMap((value) =>
      settingsOf(parameter.path, value).map(({ path }) => path),
    ),
  ]);
}

/** Runs what the folds are made by: they are made of names. */
async function findFolds(
  sweep: SweepSpec,
  { base, trained }: Part,
  { workspace, crew, signal }: Preparation,
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
      const exitCode = failureExitCode(failure);
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
