import { PipeError, exitCodes } from '../errors.ts';
import { readInput } from '../spec/input-declaration.ts';
import type { Binding, Pipeline, StageInfo, StageNode, StageTypes } from '../spec/types.ts';
import type { InputShape } from '../stage/index.ts';
import type { RecordedRun } from './recorded-run.ts';

/** The stages of a pipeline by name. */
export type Nodes = ReadonlyMap<string, StageNode>;

/** What stands in on new data, and for which stage of the run: see `NewData`. */
export interface StandIns {
  readonly replaced: StageNode;
  readonly source: StageInfo;
  readonly answering: StageInfo;
  /** Inputs of `answering` that are recorded results, and those with a row for each item. */
  readonly recorded: Readonly<Record<string, Binding>>;
  readonly items: Readonly<Record<string, Binding>>;
}

/** Throws a PipeError (`no-new-data`). */
export async function findStandIns(run: RecordedRun, nodes: Nodes, types: StageTypes): Promise<StandIns> {
  const replaced = replacedStage(run);
  const { source, answering } = await standIns(replaced, run.pipeline, types);
  const needs = Object.entries(bindInputs(answering, replaced, nodes));
  const isItems = ([name]: readonly [string, Binding]) => modeOf(answering, name) === 'items';
  return {
    replaced,
    source,
    answering,
    recorded: Object.fromEntries(needs.filter((need) => !isItems(need))),
    items: Object.fromEntries(needs.filter(isItems)),
  };
}

/** The one stage of the run that something stands in for. */
function replacedStage({ name, pipeline }: RecordedRun): StageNode {
  const found = pipeline.stages.filter(({ type }) => type.onNewData !== undefined);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  const problem =
    first === undefined
      ? 'has no stage that can answer about new data'
      : `has several stages that could answer about new data: ${found.map((node) => node.name).join(', ')}`;
  throw noNewData(
    `The pipeline of ${name} ${problem}.`,
    'A stage type can when it declares `onNewData`, as `predict` does; there must be one such stage.',
  );
}

async function standIns({ type }: StageNode, { stageFolders }: Pipeline, types: StageTypes) {
  const declared = type.onNewData ?? { source: '', stage: '' };
  const [source, answering] = await Promise.all(
    [declared.source, declared.stage].map(async (name) => {
      const found = await types.find(name, stageFolders);
      if (found !== undefined) return found;
      throw noNewData(
        `The stage type ${type.name} names \`${name}\` for new data, which is not there.`,
        'Mend the `onNewData` of its file.',
      );
    }),
  );
  if (source?.kind !== 'source' || answering?.kind !== 'reduce' || answering.outputs.answers !== 'json') {
    throw noNewData(
      `For new data ${type.name} names \`${declared.source}\` and \`${declared.stage}\`: a source, and a reduce stage with a JSON output \`answers\`, are needed.`,
      'Mend the `onNewData` of its file.',
    );
  }
  return { source, answering };
}

/** Where the inputs of the stand-in come from: see `NewData`. */
function bindInputs(answering: StageInfo, replaced: StageNode, nodes: Nodes): Record<string, Binding> {
  const items = Object.keys(answering.inputs).flatMap((name) => {
    const binding = replaced.needs[name];
    return binding !== undefined && modeOf(answering, name) === 'items' ? [binding.stage] : [];
  });
  const bound = Object.entries(answering.inputs).flatMap(([name, declaration]): [string, Binding][] => {
    const same = replaced.needs[name];
    if (same !== undefined) return [[name, same]];
    const { mode, shape, optional } = readInput(declaration);
    const nearest = mode === 'items' && shape !== null ? nearestGiving(shape, items, nodes) : undefined;
    if (nearest !== undefined) return [[name, { stage: nearest }]];
    if (optional) return [];
    throw noNewData(
      `\`${answering.name}\` needs \`${name}\`, which ${replaced.type.name} has not.`,
      'An input that only the stand-in has must be `items` and `optional`.',
    );
  });
  return Object.fromEntries(bound);
}

const modeOf = ({ inputs }: StageInfo, name: string): 'one' | 'items' | 'each' =>
  readInput(inputs[name] ?? 'json').mode;

/** Breadth first, from the stages themselves towards the source. */
function nearestGiving(shape: InputShape, from: readonly string[], nodes: Nodes): string | undefined {
  const wanted = typeof shape === 'string' ? [] : Object.entries(shape);
  const queue = [...from];
  for (const name of queue) {
    const node = nodes.get(name);
    if (node?.type.kind !== 'map') continue;
    const { outputs } = node.type;
    if (wanted.length > 0 && wanted.every(([output, type]) => outputs[output] === type)) return name;
    queue.push(...Object.values(node.needs).map(({ stage }) => stage));
  }
  return undefined;
}

export function noNewData(message: string, advice: string): PipeError {
  return new PipeError('no-new-data', message, { exitCode: exitCodes.usage, advice });
}
