import { PipeError, exitCodes } from '../errors.ts';
import type { Axis, Pipeline, StageNode } from '../spec/types.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import { canonicalJson } from '../canonical-json.ts';

/** The pipeline as one fold's chosen configuration makes it. */
export interface FoldPipeline {
  readonly fold: string;
  readonly pipeline: Pipeline;
}

/**
 * Overrides that make of a pipeline one in which each fold has its own configuration: `vary` for the parameters that
 * differ, and the fold as an axis for the stages in between that had none.
 *
 * @param axis of the folds
 * @param base the first fold's pipeline, without its {@link lackedPaths}
 * @param trained the stage whose parts they are
 * @throws PipeError `nested-choice` for what differs and is no parameter, or stands before the folds
 */
export function nestedOverrides(
  folds: readonly FoldPipeline[],
  axis: string,
  base: Pipeline,
  trained: StageNode,
): readonly string[] {
  const foldAxis = trained.matrix[axis];
  if (foldAxis === undefined) return [];
  const varied = base.stages.flatMap((stage) => variedStage(stage, folds, axis));
  const names = new Set(varied.map(({ stage }) => stage.name));
  const widened = widen(base, names, axis, foldAxis);
  return [
    ...widened.map(({ name }) => `stages.${name}.matrix.${axis}=${JSON.stringify(axisText(foldAxis))}`),
    ...varied.map(({ stage, values }) => `stages.${stage.name}.vary.${axis}=${JSON.stringify(values)}`),
  ];
}

/** Parameters of the first fold that another one lacks, as paths: `vary` could not take them away from that one again. */
export function lackedPaths(folds: readonly FoldPipeline[], axis: string): readonly string[] {
  return (folds[0]?.pipeline.stages ?? []).flatMap((stage) => {
    const [own = {}, ...others] = folds.map(({ fold, pipeline }) => {
      const node = nodeOf(stage.name, pipeline);
      return node.params(pointOf(node, axis, fold));
    });
    const lacked = Object.keys(own).filter((name) => others.some((params) => params[name] === undefined));
    return lacked.map((name) => `stages.${stage.name}.with.${name}`);
  });
}

interface VariedStage {
  readonly stage: StageNode;
  readonly values: Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

/** The parameters of a stage that differ between folds, with the values of each, beside what the pipeline varies itself. */
function variedStage(stage: StageNode, folds: readonly FoldPipeline[], axis: string): readonly VariedStage[] {
  const own = folds.map(({ fold, pipeline }) => ({ fold, node: nodeOf(stage.name, pipeline) }));
  for (const { node } of own) requireSame(stage, node);
  const differing = new Set<string>();
  const tables = own.map(({ fold, node }) => ({ fold, params: node.params(pointOf(node, axis, fold)) }));
  for (const { fold, params } of tables) {
    const base = stage.params(pointOf(stage, axis, fold));
    for (const name of new Set([...Object.keys(base), ...Object.keys(params)])) {
      if (textOf(base[name]) !== textOf(params[name])) differing.add(name);
      if (base[name] !== undefined && params[name] === undefined)
        throw refused(stage.name, `\`${name}\` is set for some folds and not for others`);
    }
  }
  if (differing.size === 0) return [];
  if (stage.type.kind === 'source') throw refused(stage.name, 'it lists the data that all folds are made of');
  for (const { node } of own) requireConstant(node, differing);
  // An override takes the place of the whole mapping.
  const written = stage.varies[axis] ?? {};
  const values = tables.map(({ fold, params }) => [fold, { ...written[fold], ...pick(params, differing) }] as const);
  return [{ stage, values: { ...written, ...Object.fromEntries(values) } }];
}

function pick(params: Readonly<Record<string, Json>>, names: ReadonlySet<string>): Readonly<Record<string, Json>> {
  return Object.fromEntries([...names].flatMap((name) => (params[name] === undefined ? [] : [[name, params[name]]])));
}

/** A value that follows another axis cannot be written down once for a fold. */
function requireConstant(node: StageNode, names: ReadonlySet<string>): void {
  for (const [axis, found] of Object.entries(node.matrix)) {
    if (found.kind !== 'values') continue;
    const texts = found.values.map((value) => textOf(pick(node.params({ ...pointOf(node), [axis]: value }), names)));
    if (new Set(texts).size > 1) throw refused(node.name, `a parameter that is searched follows the axis ${axis} too`);
  }
}

/** Stages that must know the fold: those that vary by it, and those between them and what knows it already. */
function widen(pipeline: Pipeline, varied: ReadonlySet<string>, axis: string, fold: Axis): readonly StageNode[] {
  const wide = new Set<string>();
  const widened: StageNode[] = [];
  for (const stage of pipeline.stages) {
    const follows = Object.values(stage.needs).some((binding) => wide.has(binding.stage));
    if (stage.matrix[axis] !== undefined || !(varied.has(stage.name) || follows)) continue;
    if (follows && takesAll(stage, wide)) continue;
    if (givesFolds(stage, fold, pipeline)) throw refused(stage.name, 'the folds themselves are made of it');
    wide.add(stage.name);
    widened.push(stage);
  }
  return widened;
}

/** A stage that gathers all folds by `each` stays what it is. */
function takesAll({ needs, type }: StageNode, wide: ReadonlySet<string>): boolean {
  return Object.entries(needs).every(([input, { stage }]) => {
    const declaration = type.inputs[input];
    return !wide.has(stage) || (typeof declaration === 'object' && 'each' in declaration);
  });
}

function givesFolds(stage: StageNode, fold: Axis, pipeline: Pipeline): boolean {
  if (fold.kind === 'values') return false;
  const open = [fold.stage];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (name === stage.name) return true;
    const node = pipeline.stages.find((candidate) => candidate.name === name);
    open.push(...Object.values(node?.needs ?? {}).map((binding) => binding.stage));
  }
  return false;
}

function requireSame(stage: StageNode, other: StageNode): void {
  const facts = ({ type, needs, matrix, engine, threads }: StageNode) =>
    canonicalJson({ uses: type.name, needs: textOf(needs), matrix: textOf(matrix), engine, threads });
  if (facts(stage) !== facts(other))
    throw refused(stage.name, 'more than its parameters differs between configurations');
}

function nodeOf(name: string, { stages }: Pipeline): StageNode {
  const node = stages.find((candidate) => candidate.name === name);
  if (node === undefined) throw refused(name, 'not every configuration has it');
  return node;
}

/** Some point of a stage; values of axes that are not known yet are texts. */
function pointOf({ matrix }: StageNode, axis?: string, value?: string): MatrixPoint {
  const entries = Object.entries(matrix).map(([name, found]): [string, string | number | boolean] => {
    if (name === axis && value !== undefined) return [name, value];
    return [name, found.kind === 'values' ? (found.values[0] ?? '') : ''];
  });
  return Object.fromEntries(entries);
}

const axisText = (axis: Axis): Json => (axis.kind === 'values' ? axis.values : `\${${axis.stage}.${axis.output}}`);

const textOf = (value: unknown): string =>
  value === undefined ? '' : canonicalJson(JSON.parse(JSON.stringify(value)) as Json);

function refused(stage: string, why: string): PipeError {
  return new PipeError('nested-choice', `Folds cannot have configurations of their own in \`${stage}\`: ${why}.`, {
    exitCode: exitCodes.usage,
    advice:
      'Search only parameters of stages behind the folds, or between data and training; or take `choice: pooled`.',
  });
}
