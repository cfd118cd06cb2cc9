import type { FileReference, InputFiles, Job, JobInput } from '../run/job.ts';
import type { ArtifactType, Columns, Json } from '../stage/index.ts';
import type { ActionKey, Digest } from '../store/types.ts';
import { isSealed, outputAt, upstreamPoints } from './graph.ts';
import type { Graph, InputLink, Task } from './graph-types.ts';
import { itemSource, pointOf } from './task-access.ts';
import { type InputDigests, type KeyInput, actionKey } from './key.ts';
import { unpausedTask } from './checkpoint-key.ts';
import { memberItems } from './members.ts';
import { placeOf } from './place-of.ts';
import { titleOf } from './task-title.ts';

/** The action key of a task whose needed tasks are settled. */
export function taskKey(task: Task, graph: Graph): ActionKey {
  const inputs = openLinks(task).map((link) => [link.name, keyInput(task, link, graph)] as const);
  const { stage } = task;
  const item = stage.source?.items[task.item];
  const columns = item !== undefined && stage.node.type.columns.length > 0 ? pick(item.columns, task) : undefined;
  return actionKey(stage.digests[task.pointIndex] ?? '', inputs, columns);
}

/** Inputs that the task sees, by name. */
export const openLinks = (task: Task): InputLink[] =>
  task.stage.links.filter((link) => !isSealed(link, task.stage)).sort((a, b) => (a.name < b.name ? -1 : 1));

/** What an input gives to the task's key. */
export function keyInput(task: Task, link: InputLink, graph: Graph): KeyInput {
  const points = upstreamPoints(task, link);
  const [point = 0] = points;
  switch (link.mode) {
    case 'one':
      return { kind: 'one', digests: digestsAt(link, point, task.item) };
    case 'each':
      return {
        kind: 'each',
        entries: points.map((index) => ({
          point: link.upstream.points?.[index] ?? {},
          digests: digestsAt(link, index, -1),
        })),
      };
    case 'items':
      return {
        kind: 'items',
        rows: memberItems(task, link, graph).map(({ item, part, rows }) => ({
          columns: pick(itemSource(link.upstream)?.items[item]?.columns ?? {}, task),
          part,
          rows,
          digests: digestsAt(link, point, item),
        })),
      };
  }
}

const digestsAt = (link: InputLink, point: number, item: number): InputDigests =>
  link.outputs.map(([, output]) => outputAt(link, output, point, item).digest);

/** The columns that the stage declares; null where the item has none. */
function pick(columns: Columns, task: Task): Columns {
  return Object.fromEntries(task.stage.node.type.columns.map((name) => [name, columns[name] ?? null]));
}

/** All that a worker needs to run a task whose key is known. */
export function taskJob(task: Task, key: ActionKey, graph: Graph): Job {
  const { node, code } = task.stage;
  const { store } = graph;
  const checkpoint = task.stage.checkpointDigests === undefined ? key : taskKey(unpausedTask(task), graph);
  return {
    key,
    title: taskTitle(task),
    stageType: node.type.name,
    bundle: code.bundle ?? '',
    assets: code.assets,
    params: node.params(pointOf(task)),
    inputs: Object.fromEntries(openLinks(task).map((link) => [link.name, jobInput(task, link, graph)])),
    outputs: node.type.outputs,
    scratch: store.scratch(key, { reusable: placeOf(task.stage.node) === 'worker' }),
    checkpoint: store.checkpointPath(checkpoint),
    checkpointKey: checkpoint,
    ...(code.files && { command: { argv: commandWords(node.params(pointOf(task))), code: code.files } }),
    ...(code.engine && {
      engine: {
        name: code.engine.name,
        bundle: code.engine.code.bundle,
        assets: code.engine.code.assets,
        threads: code.engine.threads,
        environment: code.engine.environment,
        ...(code.engine.folder !== undefined && { library: code.engine.folder }),
        ...(code.engine.device !== undefined && { device: code.engine.device }),
      },
    }),
  };
}

const commandWords = (params: Readonly<Record<string, Json>>): string[] =>
  Array.isArray(params['command']) ? params['command'].map(String) : [];

function jobInput(task: Task, link: InputLink, graph: Graph): JobInput {
  const points = upstreamPoints(task, link);
  const [point = 0] = points;
  const shape = link.shape ?? {};
  switch (link.mode) {
    case 'one':
      return { kind: 'one', shape, files: filesAt(link, point, task.item, graph) };
    case 'each':
      return {
        kind: 'each',
        entries: points.map((index) => ({
          point: link.upstream.points?.[index] ?? {},
          files: filesAt(link, index, -1, graph),
        })),
      };
    case 'items':
      return {
        kind: 'items',
        rows: memberItems(task, link, graph).map(({ item, part, rows }) => ({
          columns: pick(itemSource(link.upstream)?.items[item]?.columns ?? {}, task),
          ...(part !== undefined && { part }),
          ...(rows !== undefined && { rows }),
          ...(link.outputs.length > 0 && { files: filesAt(link, point, item, graph) }),
        })),
      };
  }
}

function filesAt(link: InputLink, point: number, item: number, graph: Graph): InputFiles {
  const types = link.upstream.node.type.outputs;
  const references = link.outputs.map(([name, output]) => {
    const found = outputAt(link, output, point, item);
    return [name, reference(found, types[output] ?? 'file', graph)] as const;
  });
  const [only] = references;
  return only?.[0] === '' ? only[1] : Object.fromEntries(references);
}

function reference(found: { digest: Digest; path?: string }, type: ArtifactType, graph: Graph): FileReference {
  return found.path === undefined
    ? { path: graph.store.objectPath(found.digest), digest: found.digest, type }
    : { path: found.path, digest: found.digest, type, source: true };
}

/** The title of a planned task. */
export const taskTitle = (task: Task): string =>
  titleOf({ stage: task.stage.node.name, item: task.stage.source?.items[task.item]?.id, point: pointOf(task) });
