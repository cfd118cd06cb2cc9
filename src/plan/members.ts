import type { FoldEntry } from '../stage/index.ts';
import type { Graph, InputLink, Task } from './graph-types.ts';
import { itemSource, pointOf } from './task-access.ts';
import { readFolds } from './folds.ts';

export interface MemberItem {
  readonly item: number;
  readonly part: string | undefined;
  readonly rows: readonly number[] | undefined;
}

/** The items that an `items` input gives to a task: all, or those in the parts of its fold that it may see. */
export function memberItems(task: Task, link: InputLink, graph: Graph): readonly MemberItem[] {
  const source = itemSource(link.upstream);
  if (source === undefined) throw new Error(`${link.upstream.node.name} has no items`);
  const { parts } = task.stage.node.type;
  if (parts === undefined) return source.items.map((_, item) => ({ item, part: undefined, rows: undefined }));
  const fold = foldOf(task, parts.input, parts.axis, graph);
  return source.items.flatMap(({ id }, item) => {
    const memberships = fold.get(id) ?? [];
    return memberships.filter(({ part }) => parts.use.includes(part)).map((membership) => ({ item, ...membership }));
  });
}

/** An item is in several parts when a split gives its rows to them. */
type FoldMembers = ReadonlyMap<
  string,
  readonly { readonly part: string; readonly rows: readonly number[] | undefined }[]
>;
const foldMembers = new WeakMap<FoldEntry, FoldMembers>();

function foldOf(task: Task, input: string, axis: string, graph: Graph): FoldMembers {
  const link = task.stage.links.find(({ name }) => name === input);
  const digest = link?.upstream.tasks[0]?.result?.outputs[link.outputs[0]?.[1] ?? '']?.digest;
  if (digest === undefined) throw new Error(`the folds of ${task.stage.node.name} are not known`);
  const name = String(pointOf(task)[axis]);
  const fold = readFolds(digest, graph.store).get(name);
  if (fold === undefined) throw new Error(`${task.stage.node.name} has no fold ${name}`);
  const members = foldMembers.get(fold) ?? membersById(fold);
  foldMembers.set(fold, members);
  return members;
}

function membersById(fold: FoldEntry): FoldMembers {
  const members = new Map<string, { readonly part: string; readonly rows: readonly number[] | undefined }[]>();
  for (const [part, entries] of Object.entries(fold.parts)) {
    for (const entry of entries) {
      const [id, rows] = typeof entry === 'string' ? [entry, undefined] : [entry.id, entry.rows];
      const known = members.get(id) ?? [];
      known.push({ part, rows });
      members.set(id, known);
    }
  }
  return members;
}
