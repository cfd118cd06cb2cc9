import { createGraph } from '../plan/graph.ts';
import type { Graph, PlannedStage, Task } from '../plan/graph-types.ts';
import { readJson } from '../plan/folds.ts';
import { settleAll } from '../plan/settle.ts';
import type { Pipeline } from '../spec/types.ts';
import type { Damage } from '../store/types.ts';
import type { RunEvent } from './events.ts';
import type { Gate } from './gate.ts';
import { type Crew, createCrew } from './crew.ts';
import type { RunCounts } from './schedule.ts';
import { runTasks } from './scheduler.ts';
import type { Workspace } from './workspace.ts';

export { openWorkspace, type Workspace } from './workspace.ts';
export type { RunEvent } from './events.ts';
export { type Crew, createCrew } from './crew.ts';
export { type Gate, createGate } from './gate.ts';

export interface RunOptions {
  readonly jobs: number;
  /** Shared with other runs; its jobs count then. */
  readonly crew?: Crew;
  /** The name of this run, where the workspace is that of several. */
  readonly run?: string;
  readonly keepGoing?: boolean;
  /** Stages whose recorded results do not count. */
  readonly force?: readonly string[];
  /** Only this stage and what it needs. */
  readonly target?: string;
  readonly signal: AbortSignal;
  /** While it is closed, nothing is begun. */
  readonly gate?: Gate;
  readonly why?: (task: Task, graph: Graph) => string;
  readonly emit: (event: RunEvent) => void;
}

export interface RunOutcome {
  readonly status: 'done' | 'failed' | 'interrupted';
  readonly counts: RunCounts;
  readonly graph: Graph;
  readonly seconds: number;
}

/** Plans a checked pipeline and runs what is not recorded yet. Every outcome is also an event. */
export async function runPipeline(pipeline: Pipeline, workspace: Workspace, options: RunOptions): Promise<RunOutcome> {
  const { emit, signal } = options;
  const started = performance.now();
  emit({
    type: 'run-started',
    run: options.run ?? workspace.runId,
    pipeline: pipeline.name,
    spec: pipeline.file,
    at: now(),
  });
  const graph = await createGraph(pipeline, graphContext(workspace, emit), options.target);
  for (const { node, items } of graph.stages) {
    if (node.type.kind === 'source')
      emit({ type: 'stage-planned', stage: node.name, uses: node.type.name, kind: 'source', tasks: items.length });
  }
  const crew = options.crew ?? createCrew({ jobs: options.jobs, runId: workspace.runId });
  try {
    const counts = await runTasks(graph, {
      executors: crew.executors,
      jobs: crew.jobs,
      slots: crew.slots,
      keepGoing: options.keepGoing ?? false,
      forced: new Set(options.force),
      signal,
      ...(options.gate && { gate: options.gate }),
      why: (task) => options.why?.(task, graph) ?? 'not recorded yet',
      emit,
    });
    emitDamages(workspace, emit);
    emitResults(graph, emit);
    const status = signal.aborted ? 'interrupted' : counts.failed > 0 ? 'failed' : 'done';
    const seconds = (performance.now() - started) / 1000;
    emit({ type: 'run-ended', status, counts, seconds, at: now() });
    return { status, counts, graph, seconds };
  } finally {
    if (options.crew === undefined) await crew.close();
  }
}

/** What a run would do: every task that can be known, settled or ready; the rest waits for those. Changes nothing. */
export async function planPipeline(
  pipeline: Pipeline,
  workspace: Workspace,
  options: { readonly force?: readonly string[]; readonly target?: string },
): Promise<Graph> {
  const graph = await createGraph(
    pipeline,
    graphContext(workspace, () => undefined),
    options.target,
  );
  const ignore = () => undefined;
  settleAll(graph, { forced: new Set(options.force), onExpanded: ignore, onCached: ignore, onReady: ignore });
  return graph;
}

const now = () => new Date().toISOString();

/** The lists only grow, and several runs may share a workspace: each finding is one run's. */
const told = new WeakSet<Damage>();

function emitDamages({ store, cache }: Workspace, emit: (event: RunEvent) => void): void {
  for (const damage of [...store.damages, ...cache.damages]) {
    if (told.has(damage)) continue;
    told.add(damage);
    emit({ type: 'damage-found', damage });
  }
}

const graphContext = ({ store, types, cache }: Workspace, emit: (event: RunEvent) => void) => ({
  store,
  types,
  cache,
  log: (message: string) => emit({ type: 'task-log', task: { stage: 'source', point: {} }, message }),
});

/** The JSON that nothing else in the pipeline reads is what the pipeline is for. */
function emitResults(graph: Graph, emit: (event: RunEvent) => void): void {
  for (const stage of graph.stages.filter((candidate) => isLast(candidate, graph))) {
    for (const task of stage.tasks.filter(({ status }) => status === 'settled')) {
      for (const [name, { digest }] of Object.entries(task.result?.outputs ?? {})) {
        if (stage.node.type.outputs[name] !== 'json') continue;
        const point = stage.points?.[task.pointIndex] ?? {};
        emit({ type: 'result', stage: stage.node.name, point, name, value: readJson(digest, graph.store) });
      }
    }
  }
}

function isLast(stage: PlannedStage, graph: Graph): boolean {
  if (stage.node.type.kind !== 'reduce') return false;
  return !graph.stages.some(
    ({ links, node }) =>
      links.some(({ upstream }) => upstream === stage) ||
      Object.values(node.matrix).some((axis) => axis.kind === 'artifact' && axis.stage === stage.node.name),
  );
}
