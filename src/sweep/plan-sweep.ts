import { createHash } from 'node:crypto';
import { latestFacts } from '../experiment/index.ts';
import { upstreamPoints } from '../plan/graph.ts';
import type { Graph, PlannedStage, Task } from '../plan/graph-types.ts';
import { pointOf } from '../plan/task-access.ts';
import { planPipeline } from '../run/index.ts';
import type { ActionKey, Store } from '../store/types.ts';
import type { StageCost, SweepPlan } from './events.ts';
import type { RunPlace } from './recorded-run.ts';
import { rungsOf } from './run-halving.ts';
import { type Configuration, gridSize, halvingCost, propose } from './search/index.ts';
import type { Search } from './searches.ts';
import type { SweepSpec } from './sweep-spec.ts';
import type { Pausing } from './pausing.ts';
import { type TrialPipelines, settingsOfTrial } from './trial-pipelines.ts';

/** Configurations whose tasks are counted, at most and in so many milliseconds; of more of them the rest is reckoned. */
const counted = 500;
const countingMilliseconds = 3000;
/** So many are, however long it takes. */
const alwaysCounted = 10;
/** Configurations that are found on the way, and have no end by themselves. */
const openTrials = 40;
/** Configurations of a grid that are all checked before anything runs. */
const mostConfigurations = 5000;

export interface PlanRequest {
  readonly sweep: SweepSpec;
  readonly searches: readonly Search[];
  readonly pipelines: TrialPipelines;
  readonly place: Pick<RunPlace, 'workspace' | 'experiments'>;
  readonly jobs: number;
  pausingOf(each: string | undefined): Pausing | undefined;
}

/**
 * What a sweep is going to cost: the tasks of its configurations, each counted once, as far as its configurations are known.
 * Those that TPE is going to propose are not: as many at random stand for them.
 */
export async function planSweep(request: PlanRequest): Promise<SweepPlan> {
  const { sweep, searches, pipelines, place, jobs } = request;
  const configurations = plannedConfigurations(sweep);
  const tally = createTally();
  const started = performance.now();
  const sample: Configuration[] = [];
  for (const configuration of configurations.slice(0, counted)) {
    if (sample.length >= alwaysCounted && performance.now() - started > countingMilliseconds) break;
    sample.push(configuration);
    for (const search of searches) {
      const settings = settingsOfTrial(sweep, search.settings, configuration);
      const pipeline = await pipelines.load(settings, search.overrides);
      tally.add(await planPipeline(pipeline, place.workspace, { target: sweep.objective.stage }));
    }
  }
  const trials = plannedTrials(sweep, configurations.length);
  const share = sample.length === 0 ? 1 : trials / sample.length;
  const earlier = earlierSeconds(place, tally.pipeline());
  const stages = tally.stages(share, earlier);
  const todo = stages.reduce((sum, { tasks, cached }) => sum + tasks - cached, 0);
  const all = tally.total() * share;
  return {
    trained: sweep.objective.stage,
    trials:
      sweep.budget.hours !== undefined && sweep.budget.trials === undefined ? undefined : trials * searches.length,
    counted: sample.length * searches.length,
    stages,
    reused: all === 0 ? 0 : Math.max(0, 1 - todo / all),
    seconds: wallSeconds(stages, jobs, sweep.objective.stage, trainedShare(request, trials)),
  };
}

/** Of more configurations than are listed the number is known all the same. */
function plannedTrials({ strategy, space, budget }: SweepSpec, listed: number): number {
  if (strategy.kind === 'grid') return Math.min(budget.trials ?? Infinity, gridSize(space));
  return listed < mostConfigurations ? listed : (budget.trials ?? listed);
}

/** All configurations of a grid, up to a limit; those that a random search has; for others as many at random. */
export function plannedConfigurations(sweep: SweepSpec): readonly Configuration[] {
  const { space, strategy, budget } = sweep;
  const isGrid = strategy.kind === 'grid';
  const most = Math.min(
    budget.trials ?? (isGrid ? mostConfigurations : openTrials),
    isGrid ? gridSize(space) : Infinity,
    mostConfigurations,
  );
  const configurations: Configuration[] = [];
  for (let trial = 0; trial < most; trial += 1) {
    const how = isGrid ? ({ kind: 'grid' } as const) : ({ kind: 'random' } as const);
    const seed = isGrid ? 0 : strategy.seed;
    const next = propose({
      space,
      strategy: how,
      seed,
      trial,
      observations: [],
      pending: isGrid ? [] : configurations,
    });
    if (next === undefined) break;
    configurations.push(next);
  }
  return configurations;
}

interface Tally {
  add(graph: Graph): void;
  /** Tasks of all graphs, shared or not. */
  total(): number;
  pipeline(): string;
  stages(share: number, earlier: (stage: string) => number | undefined): readonly StageCost[];
}

interface Counted {
  readonly kind: 'map' | 'reduce';
  /** By what makes its tasks: how many there are, and how many of them are recorded. */
  readonly sets: Map<string, { readonly tasks: number; readonly cached: number }>;
  readonly seconds: Map<ActionKey, number>;
}

function createTally(): Tally {
  const stages = new Map<string, Counted>();
  let total = 0;
  let pipeline = '';
  return {
    add(graph) {
      pipeline = graph.pipeline.name;
      const names = new Map<PlannedStage, readonly string[]>();
      for (const stage of graph.stages) {
        const ids = (stage.points ?? [{}]).map((_, point) => identity(stage, point, names));
        names.set(stage, ids);
        const { kind } = stage.node.type;
        if (kind === 'source' || stage.points === undefined) continue;
        const found: Counted = stages.get(stage.node.name) ?? { kind, sets: new Map(), seconds: new Map() };
        stages.set(stage.node.name, found);
        for (const [point, id] of ids.entries()) {
          const tasks = stage.tasks.filter(({ pointIndex }) => pointIndex === point);
          const settled = tasks.filter(({ status }) => status === 'settled');
          total += tasks.length;
          found.sets.set(id, { tasks: tasks.length, cached: settled.length });
          for (const { key, result } of settled) if (key && result) found.seconds.set(key, result.seconds);
        }
      }
    },
    total: () => total,
    pipeline: () => pipeline,
    stages: (share, earlier) =>
      [...stages].map(([stage, { kind, sets, seconds }]) => {
        const all = [...sets.values()];
        // Sets of items are few, and most are met early; trainings come anew with each configuration.
        const factor = kind === 'map' || all.length === 1 ? 1 : share;
        return {
          stage,
          kind,
          sets: Math.round(all.length * factor),
          tasks: Math.round(all.reduce((sum, { tasks }) => sum + tasks, 0) * factor),
          cached: Math.round(all.reduce((sum, { cached }) => sum + cached, 0) * factor),
          secondsEach: mean([...seconds.values()]) ?? earlier(stage),
        };
      }),
  };
}

/** What makes the tasks of a stage at a point, also while their keys are not known: equal for equal tasks of different graphs. */
function identity(stage: PlannedStage, point: number, names: ReadonlyMap<PlannedStage, readonly string[]>): string {
  const digest = createHash('sha256').update(`${stage.digests[point] ?? ''}\n`);
  if (stage.node.type.kind === 'source') {
    for (const { id, files, columns } of stage.items) digest.update(JSON.stringify([id, files, columns]));
    return digest.digest('hex');
  }
  const task: Task | undefined = stage.tasks.find(({ pointIndex }) => pointIndex === point);
  const { parts } = stage.node.type;
  if (task && parts) digest.update(`${String(pointOf(task)[parts.axis])}\n`);
  for (const link of stage.links) {
    const points = task === undefined ? [0] : upstreamPoints(task, link);
    for (const upstream of points) digest.update(`${link.name} ${names.get(link.upstream)?.[upstream] ?? ''}\n`);
  }
  return digest.digest('hex');
}

/** Mean seconds of the tasks of a stage in the newest run of the pipeline that tells of them. */
function earlierSeconds(
  { workspace: { store }, experiments }: PlanRequest['place'],
  pipeline: string,
): (stage: string) => number | undefined {
  const facts = latestFacts(experiments, pipeline);
  const byStage = new Map<string, number[]>();
  for (const { task, key } of facts?.tasks.values() ?? []) {
    const [stage = ''] = task.split(' ');
    const seconds = recordedSeconds(key, store);
    if (seconds !== undefined) byStage.set(stage, [...(byStage.get(stage) ?? []), seconds]);
  }
  return (stage) => mean(byStage.get(stage) ?? []);
}

const recordedSeconds = (key: string, store: Store): number | undefined =>
  key === '' ? undefined : store.lookup(key as ActionKey)?.seconds;

/** The share of full trainings that successive halving does. */
function trainedShare({ sweep, pausingOf }: PlanRequest, configurations: number): number {
  const pausing = pausingOf(sweep.each[0]?.name);
  if (sweep.strategy.kind !== 'halving' || pausing === undefined || configurations === 0) return 1;
  return halvingCost(rungsOf(sweep, configurations, pausing.epochs)) / (configurations * pausing.epochs);
}

/** Unknown where a stage that has something to do was never timed. */
function wallSeconds(stages: readonly StageCost[], jobs: number, trained: string, share: number): number | undefined {
  let sum = 0;
  for (const { stage, tasks, cached, secondsEach } of stages) {
    const todo = Math.max(0, tasks - cached);
    if (todo === 0) continue;
    if (secondsEach === undefined) return undefined;
    sum += todo * secondsEach * (stage === trained ? share : 1);
  }
  return sum / jobs;
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
