import { PipeError, exitCodes } from '../errors.ts';
import { readInput } from '../spec/input-declaration.ts';
import type { Axis, Binding, GivenResults, Pipeline, StageInfo, StageNode, StageTypes } from '../spec/types.ts';
import type { InputShape, MatrixPoint } from '../stage/index.ts';
import type { Store } from '../store/types.ts';
import { type Choice, choose, pointText } from './choose-models.ts';
import { giveRecorded, recordedPoints } from './recorded-results.ts';
import type { RecordedRun } from './recorded-run.ts';

/** How a recorded run is applied to new data. */
export interface NewDataPlan {
  /** Map stages that new items go through, in order. */
  readonly maps: readonly StageNode[];
  /** The source type that lists new files. */
  readonly source: StageInfo;
  /** The stage of the run in whose place another one answers. */
  readonly tested: StageNode;
  /** The stage that answers; it has the name of the one whose place it takes. */
  readonly answering: string;
  /** Points of the models that answer, and of those that the run does not have. */
  readonly models: readonly MatrixPoint[];
  readonly missing: readonly MatrixPoint[];
  /** The pipeline for these paths. */
  pipeline(paths: readonly string[]): Pipeline;
}

export interface PlanOptions {
  readonly choice: Choice;
  readonly engine: string;
}

/**
 * Finds the stage of a run that something stands in for on new data (`onNewData`), what leads to it, and the recorded results that
 * it needs. Throws a PipeError: `no-new-data`, `unknown-model`, `several-preprocessings`, and what `giveRecorded` throws.
 */
export async function planNewData(
  run: RecordedRun,
  types: StageTypes,
  store: Store,
  { choice, engine }: PlanOptions,
): Promise<NewDataPlan | undefined> {
  const { pipeline } = run;
  const replaced = replacedStage(run);
  const { source, answering } = await standIns(replaced, pipeline, types);
  const nodes = new Map(pipeline.stages.map((node) => [node.name, node]));
  const needs = bindInputs(answering, replaced, nodes);

  const perItem = Object.entries(needs).filter(([name]) => modeOf(answering, name) === 'items');
  const recorded = Object.entries(needs).filter(([name]) => modeOf(answering, name) !== 'items');
  const results = new Map(recorded.map(([, { stage }]) => [stage, recordedPoints(stage, run)]));
  const [models] = results.values();
  if (models === undefined || models.made.length === 0) return undefined;
  const chosen = choose(models.made, choice);

  const before = stagesBefore(
    perItem.map(([, { stage }]) => stage),
    nodes,
  );
  const pins = pinAxes(before, chosen, replaced);
  const given = [
    ...[...results].map(([stage, { made }]) => giveRecorded(stage, chosenAt(made, choice, chosen), run, store)),
    ...before
      .filter(({ name, type }) => type.kind === 'reduce' && !results.has(name))
      .map(({ name }) => giveRecorded(name, recordedPoints(name, run).made, run, store)),
  ];
  const maps = before.filter(({ type }) => type.kind === 'map').map((node) => pinned(node, pins, run));
  const sources = before.filter(({ type }) => type.kind === 'source');
  for (const map of maps) checkSourceOutputs(map, sources, source);
  // Its timeout was meant for the data of the run.
  const { timeoutSeconds: _, ...rest } = replaced;
  const answers: StageNode = {
    ...rest,
    type: answering,
    needs,
    matrix: {},
    engine,
    retries: 0,
    isolate: answering.isolate,
    params: () => ({}),
  };
  return {
    maps,
    source,
    tested: replaced,
    answering: replaced.name,
    models: chosen.map(({ point }) => point),
    missing: models.missing.filter((point) => [...choice].every(([axis, value]) => String(point[axis]) === value)),
    pipeline: (paths) => ({
      ...pipeline,
      stages: [
        ...sources.map((node) => ({ ...node, type: source, params: () => ({ paths: [...paths] }) })),
        ...givenStages(given, nodes),
        ...maps,
        answers,
      ],
      given,
    }),
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

type Nodes = ReadonlyMap<string, StageNode>;

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

/** These stages and all that they need, in the order of the pipeline; what a reduce stage needs is recorded with it. */
function stagesBefore(names: readonly string[], nodes: Nodes): StageNode[] {
  const found = new Set<string>();
  const visit = (name: string) => {
    const node = nodes.get(name);
    if (node === undefined || found.has(name)) return;
    found.add(name);
    if (node.type.kind !== 'map') return;
    for (const { stage } of Object.values(node.needs)) visit(stage);
  };
  for (const name of names) visit(name);
  return [...nodes.values()].filter(({ name }) => found.has(name));
}

/** New items go through one preprocessing: an axis of it has the one value that the models have. */
function pinAxes(
  before: readonly StageNode[],
  chosen: readonly { readonly point: MatrixPoint }[],
  replaced: StageNode,
): Readonly<Record<string, Axis>> {
  const axes = new Set(before.flatMap(({ type, matrix }) => (type.kind === 'map' ? Object.keys(matrix) : [])));
  return Object.fromEntries(
    [...axes].map((axis): [string, Axis] => {
      const values = [...new Set(chosen.flatMap(({ point }) => point[axis] ?? []))];
      if (values.length === 1) return [axis, { kind: 'values', values }];
      throw new PipeError(
        'several-preprocessings',
        `The models that \`${replaced.name}\` used were given data of several kinds: ${axis} ${values.join(', ')}.`,
        { exitCode: exitCodes.usage, advice: `Choose one: --model '${axis}=${values[0] ?? 'VALUE'}'.` },
      );
    }),
  );
}

/** The engine of the run, where `--engine` had set another than the file says: it is part of the key. */
function pinned(node: StageNode, pins: Readonly<Record<string, Axis>>, { facts }: RecordedRun): StageNode {
  const own = Object.keys(node.matrix).map((axis) => [axis, pins[axis] ?? node.matrix[axis]] as const);
  const matrix = Object.fromEntries(own.flatMap(([axis, values]) => (values ? [[axis, values]] : [])));
  const engine = facts.stages.get(node.name)?.engine;
  return { ...node, matrix, ...(typeof engine === 'object' && { engine: engine.name }) };
}

/** Of a second recorded input, the points that agree with the chosen models. */
function chosenAt<T extends { readonly point: MatrixPoint }>(
  made: readonly T[],
  choice: Choice,
  chosen: readonly { readonly point: MatrixPoint }[],
): readonly T[] {
  const isChosen = (point: MatrixPoint) => chosen.some((other) => pointText(other.point) === pointText(point));
  return made.some(({ point }) => isChosen(point)) ? made.filter(({ point }) => isChosen(point)) : choose(made, choice);
}

/** They are not computed: no engine is needed for them. */
function givenStages(given: readonly GivenResults[], nodes: Nodes): StageNode[] {
  return given.flatMap(({ stage }) => {
    const node = nodes.get(stage);
    return node === undefined ? [] : [{ ...node, needs: {}, matrix: {}, engine: 'wasm' }];
  });
}

function checkSourceOutputs(map: StageNode, sources: readonly StageNode[], source: StageInfo): void {
  for (const [input, { stage, output }] of Object.entries(map.needs)) {
    const old = sources.find(({ name }) => name === stage);
    if (old === undefined) continue;
    const { shape } = readInput(map.type.inputs[input] ?? 'json');
    const read = typeof shape === 'object' && shape !== null ? Object.keys(shape) : [output ?? ''];
    const lacking = read.find((name) => source.outputs[name] !== old.type.outputs[name]);
    if (lacking === undefined) continue;
    throw noNewData(
      `\`${map.name}\` reads \`${lacking}\` of \`${stage}\`, which a list of files does not give.`,
      `New data are listed by \`${source.name}\`, which gives ${Object.keys(source.outputs).join(', ')}.`,
    );
  }
}

function noNewData(message: string, advice: string): PipeError {
  return new PipeError('no-new-data', message, { exitCode: exitCodes.usage, advice });
}
