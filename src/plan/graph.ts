import type { MatrixPoint } from '../stage/index.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { Digest, Store } from '../store/types.ts';
import type { Graph, InputLink, PlannedStage, Task } from './graph-types.ts';
import { giveResults } from './given.ts';
import { neverPausing } from './checkpoint-key.ts';
import { itemSource, pointOf, taskAt } from './task-access.ts';
import { stageDigest } from './key.ts';
import { linkInput } from './link.ts';
import { memberItems } from './members.ts';
import { agrees, axisValues, checkVaried, product } from './matrix.ts';
import { listItems } from './source-items.ts';
import { type StageCode, engineIdentity, stageCode } from './stage-code.ts';
import { commandType } from '../spec/command-stage-info.ts';
import type { CodeCache } from './code-cache.ts';
import type { LoadedStageTypes } from './stage-types.ts';

export interface GraphContext {
  readonly store: Store;
  readonly types: LoadedStageTypes;
  readonly cache: CodeCache;
  readonly log: (message: string) => void;
}

/**
 * Lists the sources' items and finds every stage's code. With `target`, only that stage and what it needs.
 * Throws a PipeError for data that is not there or code that does not load.
 */
export async function createGraph(pipeline: Pipeline, context: GraphContext, target?: string): Promise<Graph> {
  const stages = new Map<string, PlannedStage>();
  for (const node of pipeline.stages) {
    if (target !== undefined && !isNeeded(node.name, target, pipeline)) continue;
    stages.set(node.name, await planStage(node, pipeline, stages, context));
  }
  giveResults([...stages.values()], pipeline.given ?? []);
  return { pipeline, store: context.store, stages: [...stages.values()] };
}

function isNeeded(name: string, target: string, pipeline: Pipeline): boolean {
  if (name === target) return true;
  return pipeline.stages.some(
    (stage) =>
      (Object.values(stage.needs).some((binding) => binding.stage === name) ||
        Object.values(stage.matrix).some((axis) => axis.kind === 'artifact' && axis.stage === name)) &&
      isNeeded(stage.name, target, pipeline),
  );
}

async function planStage(
  node: StageNode,
  pipeline: Pipeline,
  planned: ReadonlyMap<string, PlannedStage>,
  context: GraphContext,
): Promise<PlannedStage> {
  const code = await stageCode(node, pipeline, context);
  const stage = { node, code, tasks: [], points: undefined, digests: [] };
  if (node.type.kind === 'source') {
    const items = await listItems(node, code, context);
    const source: PlannedStage = { ...stage, links: [], items, source: undefined, points: [{}] };
    return source;
  }
  const links = Object.entries(node.needs).map(([name, binding]) => {
    const declaration = node.type.inputs[name];
    const upstream = planned.get(binding.stage);
    if (declaration === undefined || upstream === undefined)
      throw new Error(`input ${name} of ${node.name} was not checked`);
    return linkInput(name, declaration, binding, upstream);
  });
  return { ...stage, links, items: [], source: node.type.kind === 'map' ? sourceOf(links) : undefined };
}

/** The source whose items flow through these inputs. */
function sourceOf(links: readonly InputLink[]): PlannedStage | undefined {
  for (const { upstream } of links) {
    const source = itemSource(upstream);
    if (source !== undefined) return source;
  }
  return undefined;
}

/**
 * Makes the tasks of every stage whose matrix can be known now, and returns those stages.
 * A task that needs unsettled ones waits for them.
 */
export function expandStages(graph: Graph): PlannedStage[] {
  const expanded: PlannedStage[] = [];
  for (const stage of graph.stages) {
    if (stage.points !== undefined || !canExpand(stage, graph)) continue;
    const axes = Object.entries(stage.node.matrix).map(
      ([name, axis]) => [name, axisValues(stage.node, name, axis, graph)] as const,
    );
    checkVaried(stage.node, axes);
    const points = product(axes);
    stage.points = points;
    stage.digests = points.map((point) => pointDigest(stage.node, stage.code, point));
    const unpaused = neverPausing(stage.node);
    if (unpaused) stage.checkpointDigests = points.map((point) => pointDigest(unpaused, stage.code, point));
    stage.tasks = points.flatMap((_, index) => tasksAt(stage, index));
    for (const task of stage.tasks) awaitNeeded(task, graph);
    expanded.push(stage);
  }
  return expanded;
}

function canExpand(stage: PlannedStage, graph: Graph): boolean {
  if (stage.links.some(({ upstream }) => upstream.points === undefined)) return false;
  const axesKnown = Object.values(stage.node.matrix).every(
    (axis) => axis.kind === 'values' || settledAlone(graph, axis.stage),
  );
  const { parts } = stage.node.type;
  return axesKnown && (parts === undefined || settledAlone(graph, stage.node.needs[parts.input]?.stage));
}

/** Whether a stage without a matrix has its outputs. */
function settledAlone(graph: Graph, name: string | undefined): boolean {
  return graph.stages.find((stage) => stage.node.name === name)?.tasks[0]?.status === 'settled';
}

function pointDigest(node: StageNode, code: StageCode, point: MatrixPoint): string {
  const { code: _folder, ...params } = node.params(point);
  return stageDigest({
    type: node.type.name,
    kind: node.type.kind === 'map' ? 'map' : 'reduce',
    code: code.digest,
    // A command's code counts by its bytes, not by where it lies.
    params: node.type.name === commandType ? params : node.params(point),
    outputs: node.type.outputs,
    ...(code.engine && { engine: engineIdentity(code.engine) }),
  });
}

function tasksAt(stage: PlannedStage, pointIndex: number): Task[] {
  const items = stage.source === undefined ? [-1] : stage.source.items.keys();
  return Array.from(items, (item) => ({
    stage,
    pointIndex,
    item,
    status: 'waiting' as const,
    pending: 0,
    dependents: undefined,
    key: undefined,
    result: undefined,
    cached: false,
    attempts: 0,
  }));
}

function awaitNeeded(task: Task, graph: Graph): void {
  for (const needed of neededTasks(task, graph)) {
    if (needed.status === 'settled') continue;
    task.pending += 1;
    (needed.dependents ??= []).push(task);
  }
}

/** The tasks whose outputs a task reads. Sources have none: their items are there already. */
export function* neededTasks(task: Task, graph: Graph): Generator<Task> {
  for (const link of task.stage.links) {
    if (link.outputs.length === 0 || link.upstream.node.type.kind === 'source') continue;
    if (isSealed(link, task.stage)) continue;
    for (const point of upstreamPoints(task, link)) {
      if (link.mode === 'items') {
        for (const { item } of memberItems(task, link, graph)) yield taskAt(link.upstream, point, item);
      } else {
        yield taskAt(link.upstream, point, task.item);
      }
    }
  }
}

/** The folds choose what a task sees; it never sees them. */
export const isSealed = (link: InputLink, stage: PlannedStage): boolean => stage.node.type.parts?.input === link.name;

/** Indices of the upstream points that agree with the task's point on the axes they share. */
export function upstreamPoints(task: Task, link: InputLink): number[] {
  const own = pointOf(task);
  const points = link.upstream.points ?? [];
  if (points.length === 1) return [0];
  const found = points.flatMap((point, index) => (agrees(point, own) ? [index] : []));
  if (link.mode === 'each' || found.length === 1) return found;
  throw new Error(`input ${link.name} of ${task.stage.node.name} has ${found.length} upstream matrix points`);
}

/** The digest, and for a source's file its path, of one output at a point and item. */
export function outputAt(
  link: InputLink,
  output: string,
  pointIndex: number,
  item: number,
): { readonly digest: Digest; readonly path?: string } {
  const { upstream } = link;
  const found =
    upstream.node.type.kind === 'source'
      ? upstream.items[item]?.files[output]
      : taskAt(upstream, pointIndex, item).result?.outputs[output];
  if (found === undefined) throw new Error(`${upstream.node.name} has no output ${output} yet`);
  return found;
}
