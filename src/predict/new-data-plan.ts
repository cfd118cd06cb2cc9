import { PipeError, exitCodes } from '../errors.ts';
import { readInput } from '../spec/input-declaration.ts';
import type { Axis, GivenResults, Pipeline, StageInfo, StageNode, StageTypes } from '../spec/types.ts';
import type { MatrixPoint } from '../stage/index.ts';
import type { Store } from '../store/types.ts';
import { type Choice, choose, fits, pointText } from './choose-models.ts';
import { giveRecorded, recordedPoints } from './recorded-results.ts';
import type { RecordedRun } from './recorded-run.ts';
import { type Nodes, type StandIns, findStandIns, noNewData } from './stand-ins.ts';

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
  const nodes: Nodes = new Map(pipeline.stages.map((node) => [node.name, node]));
  const standIns = await findStandIns(run, nodes, types);
  const { replaced, source, recorded, items } = standIns;
  const results = new Map(Object.values(recorded).map(({ stage }) => [stage, recordedPoints(stage, run)]));
  const [models] = results.values();
  if (models === undefined || models.made.length === 0) return undefined;
  const chosen = choose(models.made, choice);
  const before = stagesBefore(
    Object.values(items).map(({ stage }) => stage),
    nodes,
  );
  const pins = pinAxes(before, chosen, replaced);
  const maps = before.filter(({ type }) => type.kind === 'map').map((node) => pinned(node, pins, run));
  const sources = before.filter(({ type }) => type.kind === 'source');
  for (const map of maps) checkSourceOutputs(map, sources, source);
  const prior = before.filter(({ name, type }) => type.kind === 'reduce' && !results.has(name));
  const given = [
    ...[...results].map(([stage, { made }]) => giveRecorded(stage, chosenAt(made, choice, chosen), run, store)),
    ...prior.map(({ name }) => giveRecorded(name, recordedPoints(name, run).made, run, store)),
  ];
  const later = [...givenStages(given, nodes), ...maps, answeringStage(standIns, engine)];
  return {
    maps,
    source,
    tested: replaced,
    answering: replaced.name,
    models: chosen.map(({ point }) => point),
    missing: models.missing.filter((point) => fits(point, choice)),
    pipeline: (paths) => ({
      ...pipeline,
      stages: [...sources.map((node) => ({ ...node, type: source, params: () => ({ paths: [...paths] }) })), ...later],
      given,
    }),
  };
}

/** It computes what the run's own stage would, but its timeout and retries were meant for the data of the run. */
function answeringStage({ replaced, answering, recorded, items }: StandIns, engine: string): StageNode {
  const { timeoutSeconds: _, ...rest } = replaced;
  return {
    ...rest,
    type: answering,
    needs: { ...recorded, ...items },
    matrix: {},
    engine,
    retries: 0,
    isolate: answering.isolate,
    params: () => ({}),
  };
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
