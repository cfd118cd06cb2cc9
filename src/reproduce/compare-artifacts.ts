import type { Facts, TaskFact } from '../plan/facts.ts';
import type { Graph, PlannedStage, Task } from '../plan/graph-types.ts';
import { taskTitle } from '../plan/describe.ts';
import type { Digest, Store } from '../store/types.ts';
import { closeness } from './closeness.ts';

/** How an artifact came out, beside the recorded one. */
export type Verdict =
  | { readonly kind: 'equal' }
  | { readonly kind: 'within'; readonly relative: number }
  | { readonly kind: 'different'; readonly relative?: number; readonly detail: string };

/** An artifact that did not come out equal; `output` is missing for a task or item that only one of both has. */
export interface Divergence {
  readonly task: string;
  readonly output?: string;
  readonly verdict: Exclude<Verdict, { readonly kind: 'equal' }>;
}

/** One stage, with how many of its artifacts (for a source the files of its items) came out how. */
export interface StageComparison {
  readonly stage: string;
  readonly uses: string;
  readonly equal: number;
  readonly within: number;
  readonly different: number;
  /** Of the artifacts that can be compared by their numbers; 0 where all are equal, undefined where none can. */
  readonly largest: number | undefined;
  /** Those that are not equal, in the order of the tasks; at most `mostNamed`. */
  readonly divergences: readonly Divergence[];
}

const mostNamed = 20;

/** Compares what a run made again, in the order of the graph, with what was recorded. Bytes are read only where digests differ. */
export function compareArtifacts(
  graph: Graph,
  recorded: Facts,
  stores: { readonly recorded: Store; readonly made: Store },
  tolerance: number,
): readonly StageComparison[] {
  const names = recordedTasks(recorded);
  return graph.stages.map((stage) => {
    const { name, type } = stage.node;
    const found =
      type.kind === 'source' ? compareItems(stage, recorded) : compareTasks(stage, names.get(name) ?? [], stores);
    return summarise(name, type.name, found, tolerance);
  });
}

/** An artifact with how it came out, before the tolerance is applied. */
interface Compared {
  readonly task: string;
  readonly output?: string;
  readonly verdict: Verdict;
}

function compareItems({ node, items }: PlannedStage, recorded: Facts): Compared[] {
  const before = new Map(
    [...recorded.items.values()].filter(({ stage }) => stage === node.name).map((item) => [item.id, item]),
  );
  const made = items.flatMap(({ id, columns, files }): Compared[] => {
    const task = `${node.name} ${id}`;
    const then = before.get(id);
    before.delete(id);
    if (then === undefined) return [{ task, verdict: different('this item is not in the record') }];
    const names = [...new Set([...Object.keys(columns), ...Object.keys(then.columns)])];
    const other = names.filter((name) => (columns[name] ?? null) !== (then.columns[name] ?? null));
    if (other.length > 0) return [{ task, verdict: different(`another ${other.join(', ')}`) }];
    return Object.entries(files).map(([output, { digest }]) => ({
      task,
      output,
      verdict: then.files[output] === digest ? equal : different('other bytes'),
    }));
  });
  return [
    ...made,
    ...[...before.keys()].map((id) => ({ task: `${node.name} ${id}`, verdict: different('the item is gone') })),
  ];
}

function compareTasks(
  stage: PlannedStage,
  recorded: readonly TaskFact[],
  stores: { readonly recorded: Store; readonly made: Store },
): Compared[] {
  const before = new Map(recorded.map((fact) => [fact.task, fact]));
  const made = stage.tasks.flatMap((task): Compared[] => {
    const title = taskTitle(task);
    const then = before.get(title);
    before.delete(title);
    if (then === undefined) return [{ task: title, verdict: different('this task is not in the record') }];
    return compareOutputs(task, then, stores).map(([output, verdict]) => ({ task: title, output, verdict }));
  });
  return [
    ...made,
    ...[...before.keys()].map((task) => ({ task, verdict: different('only the record has this task') })),
  ];
}

function compareOutputs(
  { stage, result }: Task,
  then: TaskFact,
  stores: { readonly recorded: Store; readonly made: Store },
): [output: string, verdict: Verdict][] {
  const outputs = result?.outputs ?? {};
  return [...new Set([...Object.keys(then.outputs), ...Object.keys(outputs)])].map((name) => {
    const [before, now] = [then.outputs[name], outputs[name]?.digest];
    if (before !== undefined && before === now) return [name, equal];
    if (before === undefined || now === undefined) return [name, different('only one of both runs has this output')];
    const type = stage.node.type.outputs[name] ?? 'file';
    const [bytes, made] = [stores.recorded.read(before as Digest), stores.made.read(now)];
    if (bytes === undefined) return [name, different('the recorded artifact is not in the store any more')];
    const found = closeness(type, bytes, made ?? new Uint8Array());
    return [name, 'relative' in found ? { kind: 'within', relative: found.relative } : different(found.incomparable)];
  });
}

const equal: Verdict = { kind: 'equal' };
const different = (detail: string): Verdict => ({ kind: 'different', detail });

function summarise(stage: string, uses: string, compared: readonly Compared[], tolerance: number): StageComparison {
  const judged = compared.map(({ verdict, ...rest }) => ({ ...rest, verdict: judge(verdict, tolerance) }));
  const count = (kind: Verdict['kind']) => judged.filter(({ verdict }) => verdict.kind === kind).length;
  const distances = judged.flatMap(({ verdict }) =>
    verdict.kind === 'equal' ? [0] : verdict.relative === undefined ? [] : [verdict.relative],
  );
  const divergences = judged.flatMap(({ verdict, ...rest }) =>
    verdict.kind === 'equal' ? [] : [{ ...rest, verdict }],
  );
  return {
    stage,
    uses,
    equal: count('equal'),
    within: count('within'),
    different: count('different'),
    largest: distances.length === 0 ? undefined : distances.reduce((a, b) => Math.max(a, b), 0),
    divergences: [...divergences]
      .sort((a, b) => Number(b.verdict.kind === 'different') - Number(a.verdict.kind === 'different'))
      .slice(0, mostNamed),
  };
}

function judge(verdict: Verdict, tolerance: number): Verdict {
  if (verdict.kind !== 'within' || verdict.relative <= tolerance) return verdict;
  return { kind: 'different', relative: verdict.relative, detail: 'other numbers' };
}

function recordedTasks({ tasks, stages }: Facts): ReadonlyMap<string, readonly TaskFact[]> {
  const byStage = new Map<string, TaskFact[]>(Array.from(stages.keys(), (stage) => [stage, []]));
  for (const fact of tasks.values()) byStage.get(fact.task.split(' ')[0] ?? '')?.push(fact);
  return byStage;
}
