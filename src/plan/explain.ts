import type { SourceRange } from '../errors.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { differences } from './differences.ts';
import { engineChanges } from './engine-changes.ts';
import { openLinks, taskTitle } from './describe.ts';
import { type Facts, type StageFact, type TaskFact, inputFacts, itemName, stageFact } from './facts.ts';
import { neededTasks, outputAt, upstreamPoints } from './graph.ts';
import type { Graph, InputLink, Task } from './graph-types.ts';
import { engineIdentity } from './stage-code.ts';
import { itemSource, pointOf } from './task-access.ts';
import { memberItems } from './members.ts';
import { titleOf } from './task-title.ts';

/** One reason why a task is not settled by what is recorded. */
export interface Reason {
  readonly what: 'new' | 'type' | 'code' | 'engine' | 'parameter' | 'input' | 'waits' | 'gone';
  readonly message: string;
  /** Where the YAML says it, for what stands there. */
  readonly place?: SourceRange;
}

/** Long lists of items are cut here. */
const namedItems = 5;

/** Why a task must run: what differs from the last run in which it had a result. At least one reason. */
export function explainTask(task: Task, graph: Graph, previous: Facts | undefined): readonly Reason[] {
  const { node } = task.stage;
  const before = previous?.stages.get(node.name);
  const waits = waitReasons(task, graph);
  if (previous === undefined || before === undefined) {
    return [{ what: 'new', message: `stage ${node.name} has no result yet`, place: node.place([]) }, ...waits];
  }
  const reasons = [...stageReasons(task, before), ...waits];
  if (waits.length > 0) return reasons;
  const taskBefore = previous.tasks.get(taskTitle(task));
  if (taskBefore !== undefined) reasons.push(...inputReasons(task, graph, taskBefore, previous));
  if (reasons.length > 0) return reasons;
  return taskBefore === undefined
    ? [{ what: 'new', message: `${taskTitle(task)} has no result yet` }]
    : [{ what: 'gone', message: 'its recorded result is gone from the store, or damaged' }];
}

/** What changed in the stage itself. */
function stageReasons(task: Task, before: StageFact): Reason[] {
  const { node, code } = task.stage;
  const { engine } = code;
  const now = stageFact(task.stage);
  const reasons: Reason[] = [];
  if (before.uses !== now.uses) {
    reasons.push({ what: 'type', message: `uses: ${before.uses} -> ${now.uses}`, place: node.place(['uses']) });
  } else if (before.code !== now.code) {
    reasons.push({ what: 'code', message: `the code of ${now.uses} changed` });
  }
  for (const [key, message] of engineChanges(before.engine, engine && engineIdentity(engine))) {
    reasons.push({ what: 'engine', message, place: node.place([key]) });
  }
  return [...reasons, ...parameterReasons(task, paramsAt(before.points, pointOf(task)))];
}

function inputReasons(task: Task, graph: Graph, before: TaskFact, previous: Facts): Reason[] {
  const now = inputFacts(task, graph);
  return openLinks(task)
    .filter((link) => before.inputs[link.name] !== now[link.name])
    .map((link) => ({
      what: 'input',
      message: `input ${link.name}: ${inputChange(task, link, graph, previous)}`,
    }));
}

/** Reasons in one line, for events. */
export const reasonText = (reasons: readonly Reason[]): string => reasons.map(({ message }) => message).join('; ');

function waitReasons(task: Task, graph: Graph): Reason[] {
  if (task.key !== undefined) return [];
  const names = new Set<string>();
  for (const needed of neededTasks(task, graph)) if (needed.status !== 'settled') names.add(needed.stage.node.name);
  return [{ what: 'waits', message: `needs ${[...names].join(', ')}, which must run first` }];
}

type PointParams = readonly { readonly point: MatrixPoint; readonly params: Readonly<Record<string, Json>> }[];

function paramsAt(points: PointParams, point: MatrixPoint): Readonly<Record<string, Json>> | undefined {
  const wanted = canonicalJson(point);
  return points.find((candidate) => canonicalJson(candidate.point) === wanted)?.params;
}

function parameterReasons(task: Task, before: Readonly<Record<string, Json>> | undefined): Reason[] {
  if (before === undefined) return [];
  const { node } = task.stage;
  return differences(before, node.params(pointOf(task)), []).map(({ path, from, to }) => ({
    what: 'parameter' as const,
    message: `${path.join('.')}: ${show(from)} -> ${show(to)}`,
    place: node.place(['with', ...path]),
  }));
}

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));

function inputChange(task: Task, link: InputLink, graph: Graph, previous: Facts): string {
  const upstream = link.upstream.node.name;
  if (link.mode !== 'items') return `${upstream} gives other bytes`;
  const [point = 0] = upstreamPoints(task, link);
  const items = itemSource(link.upstream)?.items ?? [];
  const members = memberItems(task, link, graph);
  const changed = members.flatMap(({ item }) => {
    const id = items[item]?.id ?? '';
    return itemChanged(task, link, point, item, previous) ? [id] : [];
  });
  const count = `${changed.length} of ${members.length} items`;
  if (changed.length === 0) return `other items of ${upstream} belong to it`;
  return `${count} changed in ${upstream} (${changed.slice(0, namedItems).join(', ')}${changed.length > namedItems ? ', …' : ''})`;
}

function itemChanged(task: Task, link: InputLink, point: number, item: number, previous: Facts): boolean {
  const source = itemSource(link.upstream);
  const now = source?.items[item];
  if (source === undefined || now === undefined) return true;
  const before = previous.items.get(itemName(source.node.name, now.id));
  if (before === undefined) return true;
  const { columns } = task.stage.node.type;
  if (columns.some((name) => (before.columns[name] ?? null) !== (now.columns[name] ?? null))) return true;
  return link.outputs.some(([, output]) => {
    const digest = outputAt(link, output, point, item).digest;
    if (link.upstream === source) return before.files[output] !== digest;
    const name = { stage: link.upstream.node.name, item: now.id, point: link.upstream.points?.[point] ?? {} };
    return previous.tasks.get(titleOf(name))?.outputs[output] !== digest;
  });
}
