import { canonicalJson } from '../../canonical-json.ts';
import { differences } from '../../plan/differences.ts';
import { engineChanges } from '../../plan/engine-changes.ts';
import type { Facts, ItemFact, StageFact } from '../../plan/facts.ts';
import { type SourceTree, isObject, valueAt } from '../../spec/source-tree.ts';

/** A stage type whose code is not the same in two runs, and the stages that use it in both. */
export interface CodeDifference {
  readonly uses: string;
  readonly stages: readonly string[];
}

/** Items of a source that are in one run only, or not the same in both: ids. */
export interface DataDifference {
  readonly stage: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Other bytes. */
  readonly changed: readonly string[];
  /** The same bytes with other columns, such as another label. */
  readonly relabelled: readonly string[];
}

/** A parameter that no pipeline states: the stage type has another default. */
export interface DefaultDifference {
  readonly path: string;
  readonly from: unknown;
  readonly to: unknown;
}

export function codeDifferences(from: Facts, to: Facts): readonly CodeDifference[] {
  const stages = new Map<string, string[]>();
  for (const [a, b] of pairs(from, to)) {
    if (a.uses === b.uses && a.code !== b.code) stages.set(a.uses, [...(stages.get(a.uses) ?? []), a.stage]);
  }
  return Array.from(stages, ([uses, names]) => ({ uses, stages: names }));
}

/** What changed in the engines, by stage. */
export function engineDifferences(
  from: Facts,
  to: Facts,
): readonly { readonly stage: string; readonly message: string }[] {
  return pairs(from, to).flatMap(([{ stage, engine: before }, { engine: now }]) => {
    if (typeof now !== 'string') return engineChanges(before, now).map(([, message]) => ({ stage, message }));
    // Older records have one text.
    return before === now ? [] : [{ stage, message: 'the engine, its code or its threads changed' }];
  });
}

export function dataDifferences(from: Facts, to: Facts): readonly DataDifference[] {
  const [before, now] = [itemsBySource(from), itemsBySource(to)];
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((stage) => {
    const [a, b] = [before.get(stage) ?? new Map<string, ItemFact>(), now.get(stage) ?? new Map<string, ItemFact>()];
    const both = [...b.values()].flatMap((item) => {
      const then = a.get(item.id);
      return then === undefined ? [] : [[then, item] as const];
    });
    const isOther = (one: unknown, other: unknown) => canonicalJson(one) !== canonicalJson(other);
    const difference: DataDifference = {
      stage,
      added: [...b.keys()].filter((id) => !a.has(id)),
      removed: [...a.keys()].filter((id) => !b.has(id)),
      changed: both.filter(([then, item]) => isOther(then.files, item.files)).map(([{ id }]) => id),
      relabelled: both
        .filter(([then, item]) => !isOther(then.files, item.files) && isOther(then.columns, item.columns))
        .map(([{ id }]) => id),
    };
    const { added, removed, changed, relabelled } = difference;
    return added.length + removed.length + changed.length + relabelled.length > 0 ? [difference] : [];
  });
}

/** Parameters that differ though neither pipeline states them. */
export function defaultDifferences(
  from: Facts,
  to: Facts,
  trees: readonly (SourceTree | undefined)[],
): readonly DefaultDifference[] {
  const isWritten = (path: readonly string[]) => trees.some((tree) => isWrittenIn(tree, path));
  return pairs(from, to).flatMap(([a, b]) => {
    const params = (fact: StageFact) => fact.points[0]?.params ?? {};
    if (a.uses !== b.uses || a.points.length === 0 || b.points.length === 0) return [];
    return differences(params(a), params(b), ['stages', a.stage, 'with']).flatMap(({ path, from: was, to: is }) =>
      isWritten(path) ? [] : [{ path: path.join('.'), from: was, to: is }],
    );
  });
}

/** A reference, such as `with: { network: "${params.network}" }`, states all that is below it. */
function isWrittenIn(tree: SourceTree | undefined, path: readonly string[]): boolean {
  const lengths = Array.from(path.keys(), (index) => index + 1).filter((length) => length > 3);
  return lengths.some((length) => {
    const value = valueAt(tree?.value, path.slice(0, length));
    return value !== undefined && (length === path.length || !isObject(value));
  });
}

/** Stages that are in both runs. */
function pairs(from: Facts, to: Facts): readonly (readonly [StageFact, StageFact])[] {
  return [...to.stages.values()].flatMap((now) => {
    const then = from.stages.get(now.stage);
    return then === undefined ? [] : [[then, now] as const];
  });
}

function itemsBySource({ items }: Facts): ReadonlyMap<string, ReadonlyMap<string, ItemFact>> {
  const sources = new Map<string, Map<string, ItemFact>>();
  for (const item of items.values()) {
    const source = sources.get(item.stage) ?? new Map<string, ItemFact>();
    sources.set(item.stage, source.set(item.id, item));
  }
  return sources;
}
