import type { Json } from '../stage/index.ts';
import { didYouMean } from './did-you-mean.ts';
import { evaluate, type Evaluation } from './evaluate.ts';
import type { Findings } from './findings.ts';
import type { ResolvedParams } from './resolve-params.ts';
import { isList, isObject, piecePlaceOf, placeOf, type Path, type SourceTree } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import { parseTemplate } from './template.ts';
import type { Axis } from './types.ts';

export interface MatrixContext {
  readonly tree: SourceTree;
  readonly findings: Findings;
  readonly params: ResolvedParams;
  readonly stages: ReadonlyMap<string, StageDraft>;
}

type AxisValue = string | number | boolean;

const sameAs = /^same-as (\S+)$/;

/** Finds the axes of every stage; `same-as` is followed. */
export function resolveMatrices(context: MatrixContext): void {
  const active = new Set<StageDraft>();
  const done = new Set<StageDraft>();
  const resolve = (stage: StageDraft): void => {
    if (done.has(stage)) return;
    active.add(stage);
    stage.matrix = resolveMatrix(stage, context, (name, path) => {
      const other = stages.get(name);
      if (!other) {
        const others = [...stages.keys()].filter((candidate) => candidate !== stage.name);
        context.findings.add(
          'unknown-stage',
          placeOf(context.tree, path),
          `There is no stage \`${name}\`.`,
          didYouMean(name, others, 'stages'),
        );
        return undefined;
      }
      if (active.has(other)) {
        const message = `The matrix of \`${name}\` is the same as itself.`;
        context.findings.add(
          'same-as-cycle',
          placeOf(context.tree, path),
          message,
          'Give one of the stages values of its own.',
        );
        return undefined;
      }
      resolve(other);
      return other.matrix;
    });
    active.delete(stage);
    done.add(stage);
  };
  const { stages } = context;
  for (const stage of stages.values()) resolve(stage);
}

type Other = (stage: string, path: Path) => Readonly<Record<string, Axis>> | undefined;

function resolveMatrix(
  stage: StageDraft,
  context: MatrixContext,
  other: Other,
): Readonly<Record<string, Axis>> | undefined {
  const { matrixWritten: written } = stage;
  const path = [...stage.path, 'matrix'];
  if (written === undefined) return {};
  if (stage.type?.kind === 'source') {
    context.findings.add(
      'source-with-matrix',
      placeOf(context.tree, path),
      `\`${stage.name}\` is a source; sources have no matrix.`,
      'Write one source for each corpus, or move the matrix to the stages that follow.',
    );
    return undefined;
  }
  if (typeof written === 'string') {
    const name = sameAs.exec(written)?.[1];
    const axes = name === undefined ? undefined : other(name, path);
    if (axes && Object.keys(axes).length === 0) {
      context.findings.add(
        'unknown-axis',
        placeOf(context.tree, path),
        `\`${name}\` has no matrix.`,
        'Remove this, or name a stage that has one.',
      );
      return undefined;
    }
    return axes;
  }
  if (!isObject(written)) return undefined;
  const axes: Record<string, Axis> = {};
  let isWhole = true;
  for (const [name, entry] of Object.entries(written)) {
    const axis = resolveAxis(name, entry, [...path, name], context, other);
    if (axis) axes[name] = axis;
    else isWhole = false;
  }
  return isWhole ? axes : undefined;
}

function resolveAxis(name: string, written: Json, path: Path, context: MatrixContext, other: Other): Axis | undefined {
  const { tree, findings } = context;
  if (typeof written === 'string') {
    const stage = sameAs.exec(written)?.[1];
    if (stage !== undefined) {
      const axes = other(stage, path);
      if (!axes) return undefined;
      if (Object.hasOwn(axes, name)) return axes[name];
      findings.add(
        'unknown-axis',
        placeOf(tree, path),
        `\`${stage}\` has no axis \`${name}\`.`,
        didYouMean(name, Object.keys(axes), 'axes'),
      );
      return undefined;
    }
    const artifact = artifactAxis(written, path, context);
    if (artifact) return artifact === 'fault' ? undefined : artifact;
  } else if (!isList(written)) {
    return undefined;
  }
  const values = evaluateAxis(written, path, context);
  return values && checkValues(values, path, context) ? { kind: 'values', values } : undefined;
}

/** `${split.folds}`: the entries of a stage's output. */
function artifactAxis(
  written: string,
  path: Path,
  { tree, findings, stages }: MatrixContext,
): Axis | 'fault' | undefined {
  const template = parseTemplate(written);
  if ('fault' in template || template.parts.length !== 1) return undefined;
  const [reference] = template.parts;
  if (reference === undefined || typeof reference === 'string' || reference.path[0] === 'params') return undefined;
  const place = piecePlaceOf(tree, path, reference.written, reference.occurrence);
  const [name = '', output, ...rest] = reference.path;
  const stage = stages.get(name);
  if (!stage) {
    findings.add(
      'unknown-reference',
      place,
      `\`${reference.written}\`: there is no stage \`${name}\`.`,
      didYouMean(name, ['params', ...stages.keys()], 'stages'),
    );
    return 'fault';
  }
  const outputs = stage.type?.outputs;
  if (output === undefined || rest.length > 0 || (outputs && !Object.hasOwn(outputs, output))) {
    const message =
      output === undefined
        ? `\`${reference.written}\` names no output.`
        : `\`${name}\` has no output \`${reference.path.slice(1).join('.')}\`.`;
    findings.add('unknown-output', place, message, didYouMean(output ?? '', Object.keys(outputs ?? {}), 'outputs'));
    return 'fault';
  }
  if (outputs && outputs[output] !== 'json') {
    findings.add(
      'axis-not-json',
      place,
      `\`${name}.${output}\` is \`${outputs[output]}\`; an axis is made of a \`json\` output.`,
      didYouMean(
        output,
        Object.keys(outputs).filter((key) => outputs[key] === 'json'),
        'json outputs',
      ),
    );
    return 'fault';
  }
  if (stage.type && stage.type.kind !== 'reduce') {
    findings.add(
      'axis-not-json',
      place,
      `\`${name}\` gives one \`${output}\` for each item; an axis is made of one.`,
      'Name a stage that sees all items, such as `split`.',
    );
    return 'fault';
  }
  return { kind: 'artifact', stage: name, output };
}

function evaluateAxis(
  written: Json,
  path: Path,
  { tree, findings, params }: MatrixContext,
): readonly AxisValue[] | undefined {
  let known = true;
  const evaluation: Evaluation = {
    lookup(reference, at) {
      if (reference.path[0] === 'params') return params.lookup(reference, at);
      const place = piecePlaceOf(tree, at, reference.written, reference.occurrence);
      findings.add(
        'reference-not-allowed',
        place,
        `\`${reference.written}\` cannot be a value of an axis.`,
        'Values are written out or refer to `params`; an output of a stage is a whole axis: fold: "${split.folds}".',
      );
      return undefined;
    },
    fault: (code, at, piece, message, advice) =>
      findings.add(code, piecePlaceOf(tree, at, piece.written, piece.occurrence), message, advice),
    unknown: () => (known = false),
  };
  const values = evaluate(written, path, evaluation);
  if (!known) return undefined;
  const scalars = isList(values) ? values.filter(isAxisValue) : [];
  if (isList(values) && scalars.length === values.length) return scalars;
  // Lists that are written here were checked with the file's structure.
  if (!isList(written) || written.some((entry) => typeof entry === 'string')) {
    findings.add(
      'wrong-type',
      placeOf(tree, path),
      'The values of an axis must be a list of texts, numbers or true/false.',
      'Write a list in `params` too, such as [1, 2, 3].',
    );
  }
  return undefined;
}

function isAxisValue(value: Json): value is AxisValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function checkValues(values: readonly AxisValue[], path: Path, { tree, findings }: MatrixContext): boolean {
  const name = String(path.at(-1));
  if (values.length === 0) {
    findings.add(
      'empty-matrix',
      placeOf(tree, path),
      `The axis \`${name}\` has no values, so nothing would be computed.`,
      'Give it a value, or remove the axis.',
    );
    return false;
  }
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    const text = String(value);
    if (seen.has(text)) {
      findings.add(
        'duplicate-value',
        placeOf(tree, [...path, index]),
        `The axis \`${name}\` has the value ${text} twice.`,
        'Remove one: the same task would run twice.',
      );
      return false;
    }
    seen.add(text);
  }
  return true;
}

/** Told once all stages have their matrix: the values of an axis come from a stage that runs once. */
export function checkArtifactAxes({ stages, tree, findings }: MatrixContext): void {
  for (const stage of stages.values()) {
    for (const [name, axis] of Object.entries(stage.matrix ?? {})) {
      if (axis.kind !== 'artifact') continue;
      const axes = Object.keys(stages.get(axis.stage)?.matrix ?? {});
      if (axes.length === 0) continue;
      const message = `The axis \`${name}\` comes from \`${axis.stage}\`, which has a matrix itself.`;
      findings.add(
        'axis-from-matrix',
        placeOf(tree, [...stage.path, 'matrix', name]),
        message,
        `Take it from a stage without a matrix, or remove that of \`${axis.stage}\`.`,
      );
    }
  }
}
