import type { Columns, Json, MatrixPoint } from '../stage/index.ts';
import { keyInput, openLinks, taskTitle } from './describe.ts';
import type { Graph, PlannedStage, Task } from './graph-types.ts';
import { engineIdentity } from './stage-code.ts';
import { type EngineIdentity, inputText, sha256 } from './key.ts';

/** What made a run's keys, one line each: kept with its record, so that a later plan can say what changed. */
export type Fact = StageFact | ItemFact | TaskFact;

export interface StageFact {
  readonly type: 'stage';
  readonly stage: string;
  readonly uses: string;
  readonly code: string;
  /** One text in older records. */
  readonly engine: EngineIdentity | string | undefined;
  readonly points: readonly { readonly point: MatrixPoint; readonly params: Readonly<Record<string, Json>> }[];
}

export interface ItemFact {
  readonly type: 'item';
  readonly stage: string;
  readonly id: string;
  readonly columns: Columns;
  /** Digests by output name. */
  readonly files: Readonly<Record<string, string>>;
}

export interface TaskFact {
  readonly type: 'task';
  readonly task: string;
  readonly key: string;
  /** SHA-256 of what each input gave to the key. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Digests by output name. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The facts of everything that is settled in a graph. */
export function* graphFacts(graph: Graph): Generator<Fact> {
  for (const stage of graph.stages) {
    if (stage.node.type.kind === 'source') yield* itemFacts(stage);
    yield stageFact(stage);
    for (const task of stage.tasks) if (task.status === 'settled') yield taskFact(task, graph);
  }
}

function* itemFacts({ node, items }: PlannedStage): Generator<ItemFact> {
  for (const { id, columns, files } of items) {
    const digests = Object.fromEntries(Object.entries(files).map(([name, { digest }]) => [name, digest]));
    yield { type: 'item', stage: node.name, id, columns, files: digests };
  }
}

export function stageFact({ node, code, points = [] }: PlannedStage): StageFact {
  return {
    type: 'stage',
    stage: node.name,
    uses: node.type.name,
    code: code.digest,
    engine: code.engine && engineIdentity(code.engine),
    points: node.type.kind === 'source' ? [] : points.map((point) => ({ point, params: node.params(point) })),
  };
}

function taskFact(task: Task, graph: Graph): TaskFact {
  const outputs = Object.entries(task.result?.outputs ?? {}).map(([name, { digest }]) => [name, digest]);
  return {
    type: 'task',
    task: taskTitle(task),
    key: task.key ?? '',
    inputs: inputFacts(task, graph),
    outputs: Object.fromEntries(outputs) as Record<string, string>,
  };
}

/** SHA-256 of what each input of a task gives to its key. */
export function inputFacts(task: Task, graph: Graph): Readonly<Record<string, string>> {
  return Object.fromEntries(openLinks(task).map((link) => [link.name, sha256(inputText(keyInput(task, link, graph)))]));
}

/** Facts by what they are about. */
export interface Facts {
  readonly stages: ReadonlyMap<string, StageFact>;
  readonly items: ReadonlyMap<string, ItemFact>;
  readonly tasks: ReadonlyMap<string, TaskFact>;
}

export const itemName = (stage: string, id: string): string => `${stage} ${id}`;

/** Orders facts for look-up. */
export function indexFacts(facts: Iterable<Fact>): Facts {
  const stages = new Map<string, StageFact>();
  const items = new Map<string, ItemFact>();
  const tasks = new Map<string, TaskFact>();
  for (const fact of facts) {
    if (fact.type === 'stage') stages.set(fact.stage, fact);
    else if (fact.type === 'item') items.set(itemName(fact.stage, fact.id), fact);
    else tasks.set(fact.task, fact);
  }
  return { stages, items, tasks };
}
