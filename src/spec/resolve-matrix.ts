import type { Json } from '../stage/index.ts';
import { axisValues } from './axis-values.ts';
import { didYouMean } from './did-you-mean.ts';
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
    // Told with the file's structure.
    if (!/^\$\{[^}]*\}$/.test(written)) return undefined;
  } else if (!isList(written)) {
    return undefined;
  }
  const values = axisValues(written, path, context);
  return values && { kind: 'values', values };
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
