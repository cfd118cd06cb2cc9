import { PipeError, exitCodes } from '../errors.ts';
import { readFolds, readJson } from '../plan/folds.ts';
import type { Graph } from '../plan/graph-types.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { type Findings, collectFindings } from '../spec/findings.ts';
import { specError } from '../spec/index.ts';
import { child } from '../spec/source-tree.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { Json } from '../stage/index.ts';
import type { RunEvent } from '../run/events.ts';
import type { Store } from '../store/types.ts';
import type { Objective, Replicate } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';

/** The part of a fold that results are reported of. A search must not see it. */
const testPart = 'test';

/**
 * Checks that the objective is there, and that neither its stage nor any that it needs is given test data: by the parts that
 * their types declare.
 */
export function checkObjective({ objective, place }: SweepSpec, pipeline: Pipeline, findings: Findings): void {
  const tell = (message: string, advice: string) =>
    findings.add('bad-objective', place(['objective']), message, advice);
  const stage = stageOf(objective, pipeline);
  if (stage === undefined) {
    const names = pipeline.stages.map(({ name }) => name);
    return tell(`There is no stage \`${objective.stage}\`.`, didYouMean(objective.stage, names, 'stages'));
  }
  const { outputs, kind } = stage.type;
  if (outputs[objective.output] !== 'json' || kind !== 'reduce') {
    const json = Object.keys(outputs).filter((name) => outputs[name] === 'json');
    const message = `\`${objective.stage}\` has no JSON output \`${objective.output}\` of all items.`;
    return tell(message, didYouMean(objective.output, kind === 'reduce' ? json : [], 'outputs'));
  }
  const seeing = [stage, ...stagesBehind(stage, pipeline)].find(({ type }) => type.parts?.use.includes(testPart));
  if (seeing !== undefined) {
    const through = seeing === stage ? '' : `, which \`${stage.name}\` needs`;
    findings.add(
      'objective-sees-test',
      place(['objective']),
      `\`${objective.text}\` is a result on test data: they are given to \`${seeing.name}\`${through}.`,
      `What is chosen by test results has no honest test any more. Take a result on development data${betterThan(pipeline)}.`,
    );
    return;
  }
  const whole = stage.type.parts === undefined ? stage : dataStages(stage, pipeline).find(readsAllItems);
  if (whole === undefined) return;
  const through = whole === stage ? '' : `, which \`${stage.name}\` needs,`;
  const message = `\`${whole.name}\`${through} is given all items, test data among them: its type declares no parts.`;
  tell(
    message,
    `Take a result of stages that are given the parts of a fold${whole === stage ? betterThan(pipeline) : ''}.`,
  );
}

/**
 * The same of the pipeline of a trial, whose configuration may have brought in other stages.
 *
 * @throws PipeError `bad-objective`, `objective-sees-test`
 */
export function requireObjective(sweep: SweepSpec, pipeline: Pipeline): void {
  const findings = collectFindings();
  checkObjective(sweep, pipeline, findings);
  if (findings.count > 0) throw specError(sweep.file, findings.all());
}

/** Those without parts that read what was made of every item. Their columns alone are names. */
function readsAllItems({ type, needs }: StageNode): boolean {
  if (type.kind !== 'reduce' || type.parts !== undefined) return false;
  return Object.entries(type.inputs).some(
    ([name, input]) =>
      needs[name] !== undefined && typeof input === 'object' && 'items' in input && input.items !== null,
  );
}

/** Stages that would do. */
function betterThan(pipeline: Pipeline): string {
  const names = pipeline.stages
    .filter(({ type }) => type.parts !== undefined && !type.parts.use.includes(testPart))
    .map(({ name }) => `\`${name}\``);
  return names.length === 0 ? '' : `, such as one of ${names.join(', ')}`;
}

export const stageOf = ({ stage }: Objective, { stages }: Pipeline): StageNode | undefined =>
  stages.find(({ name }) => name === stage);

/** All stages that a stage needs, in the pipeline's order. */
export const stagesBehind = (stage: StageNode, pipeline: Pipeline): readonly StageNode[] =>
  closure(stage, pipeline, neededBy);

/** Those of them whose data the stage gets. What is needed for the folds alone says which items are in which part. */
const dataStages = (stage: StageNode, pipeline: Pipeline): readonly StageNode[] =>
  closure(stage, pipeline, ({ needs, type }) =>
    Object.entries(needs).flatMap(([input, binding]) => (input === type.parts?.input ? [] : [binding.stage])),
  );

function closure(
  stage: StageNode,
  pipeline: Pipeline,
  neededBy: (stage: StageNode) => readonly string[],
): readonly StageNode[] {
  const found = new Set<string>();
  const open = [...neededBy(stage)];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const next = pipeline.stages.find((candidate) => candidate.name === name);
    if (next !== undefined) open.push(...neededBy(next));
  }
  return pipeline.stages.filter(({ name }) => found.has(name));
}

function neededBy({ needs, matrix }: StageNode): readonly string[] {
  const axes = Object.values(matrix).flatMap((axis) => (axis.kind === 'artifact' ? [axis.stage] : []));
  return [...Object.values(needs).map(({ stage }) => stage), ...axes];
}

/**
 * The objective at each point of its stage, from a graph in which that is settled.
 *
 * @throws PipeError `bad-objective` where there is no such number, `no-development-data` where there is null
 */
export function readObjective(objective: Objective, graph: Graph): readonly Replicate[] {
  const stage = graph.stages.find(({ node }) => node.name === objective.stage);
  return (stage?.tasks ?? []).map((task) => {
    const digest = task.result?.outputs[objective.output]?.digest;
    if (stage === undefined || digest === undefined) throw new Error(`${objective.stage} is not settled`);
    const value = numberAt(objective, readJson(digest, graph.store));
    if (value === null) throw noDevelopmentData(objective, stage.node, graph.pipeline);
    return { point: stage.points?.[task.pointIndex] ?? {}, value };
  });
}

/**
 * Looks at the first output of the objective's stage that a run makes, and not when all of its points are there: who wrote another
 * name hears of it after one training.
 */
export function watchObjective(objective: Objective, store: Store) {
  const wrong = new AbortController();
  let isSeen = false;
  return {
    signal: wrong.signal,
    event(event: RunEvent) {
      if (isSeen || event.type !== 'task-done' || event.task.stage !== objective.stage) return;
      isSeen = true;
      const digest = event.outputs[objective.output]?.digest;
      try {
        if (digest !== undefined) numberAt(objective, readJson(digest, store));
      } catch (error) {
        wrong.abort(error);
      }
    },
  };
}

function numberAt({ text, field, stage, output }: Objective, json: Json): number | null {
  const value = field.reduce<Json | undefined>(child, json);
  if (typeof value === 'number' || value === null) return value;
  const above = field.slice(0, -1).reduce<Json | undefined>(child, json);
  const names = typeof above === 'object' && above !== null ? Object.keys(above) : [];
  throw new PipeError('bad-objective', `\`${text}\` is no number in the output of \`${stage}\`.`, {
    exitCode: exitCodes.usage,
    advice:
      names.length === 0
        ? `Look at it: pipe show last ${stage} (${output})`
        : didYouMean(field.at(-1) ?? '', names, 'fields'),
  });
}

/** Refuses folds in which a part that the objective's stage asks for is empty, before anything is trained. */
export function requireParts(objective: Objective, graph: Graph): void {
  const stage = graph.pipeline.stages.find(({ name }) => name === objective.stage);
  const parts = stage?.type.parts;
  const binding = parts === undefined ? undefined : stage?.needs[parts.input];
  const folds = graph.stages.find(({ node }) => node.name === binding?.stage)?.tasks[0]?.result;
  const digest = folds?.outputs[binding?.output ?? parts?.input ?? '']?.digest;
  if (stage === undefined || parts === undefined || digest === undefined) return;
  const all = [...readFolds(digest, graph.store).values()];
  const missing = parts.use.some((part) => all.some((fold) => (fold.parts[part] ?? []).length === 0));
  if (missing) throw noDevelopmentData(objective, stage, graph.pipeline);
}

/** Names the parameter of the stage that makes the folds which is called like a part, where it has one. */
function noDevelopmentData({ text }: Objective, stage: StageNode, pipeline: Pipeline): PipeError {
  const { use, input } = stage.type.parts ?? { use: [], input: '' };
  const splitter = pipeline.stages.find(({ name }) => name === stage.needs[input]?.stage);
  const known = splitter?.type.params.properties;
  const names = typeof known === 'object' && known !== null ? Object.keys(known) : [];
  const parameter = use.find((part) => names.includes(part));
  const path = parameter === undefined ? splitter?.name : `stages.${splitter?.name}.with.${parameter}`;
  return new PipeError('no-development-data', `\`${text}\` is measured on development data, and there are none.`, {
    exitCode: exitCodes.usage,
    advice:
      splitter === undefined
        ? `Give \`${stage.name}\` folds with development data.`
        : `Set data apart for it: \`${path}\` under \`set\` of the sweep (or the parameter that it refers to). See pipe schema ${splitter.type.name}.`,
  });
}

/** Mean of all replicates. */
export function meanOf(replicates: readonly Replicate[]): number {
  return replicates.reduce((sum, { value }) => sum + (value ?? NaN), 0) / replicates.length;
}
