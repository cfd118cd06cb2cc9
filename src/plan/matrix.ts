import type { MatrixPoint } from '../stage/index.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { Axis, StageNode } from '../spec/types.ts';
import { PipeError, exitCodes } from '../errors.ts';
import type { Graph } from './graph-types.ts';
import { readJson } from './folds.ts';

type AxisValue = string | number | boolean;

/** All combinations, the last axis changing fastest. No axes give one empty point. */
export function product(axes: readonly (readonly [name: string, values: readonly AxisValue[]])[]): MatrixPoint[] {
  return axes.reduce<MatrixPoint[]>(
    (points, [name, values]) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
}

/** Whether two points have the same value on every axis that both have. */
export function agrees(a: MatrixPoint, b: MatrixPoint): boolean {
  return Object.entries(a).every(([axis, value]) => b[axis] === undefined || b[axis] === value);
}

/**
 * The values of a stage's axis; those of an artifact are scalars, or the names of its entries. Throws a PipeError
 * (`bad-matrix-artifact`) for an artifact that is no such list.
 */
export function axisValues(node: StageNode, name: string, axis: Axis, graph: Graph): readonly AxisValue[] {
  if (axis.kind === 'values') return axis.values;
  const digest = graph.stages.find((stage) => stage.node.name === axis.stage)?.tasks[0]?.result?.outputs[axis.output]
    ?.digest;
  if (digest === undefined) throw new Error(`the matrix needs ${axis.stage}.${axis.output}, which is not known`);
  const content = readJson(digest, graph.store);
  const values = Array.isArray(content) ? content.map(axisValue) : [];
  const fault = faultOf(content, values);
  if (fault === undefined) return values.filter((value) => value !== undefined);
  const code = 'bad-matrix-artifact';
  const message = `${axis.stage}.${axis.output} cannot be the axis \`${name}\` of ${node.name}: it is ${fault}.`;
  const advice = `It must be a list of different texts, numbers or booleans, or of objects with a \`name\`: mend ${axis.stage}, or name another output.`;
  throw new PipeError(code, message, {
    exitCode: exitCodes.taskFailed,
    advice,
    diagnostics: [{ code, message, advice, place: node.place(['matrix', name]) }],
  });
}

function faultOf(content: unknown, values: readonly (AxisValue | undefined)[]): string | undefined {
  if (!Array.isArray(content)) return content !== null && typeof content === 'object' ? 'an object' : String(content);
  if (values.length === 0) return 'an empty list';
  const unfit = values.indexOf(undefined);
  if (unfit >= 0) return `a list whose entry ${unfit + 1} is ${JSON.stringify(content[unfit]).slice(0, 60)}`;
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  return twice === undefined ? undefined : `a list with ${JSON.stringify(twice)} in it twice`;
}

function axisValue(entry: unknown): AxisValue | undefined {
  if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') return entry;
  const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** Parameters of a value that an axis has not would never be used. Throws a PipeError (`unknown-value`). */
export function checkVaried(
  node: StageNode,
  axes: readonly (readonly [name: string, values: readonly AxisValue[]])[],
): void {
  for (const [name, values] of axes) {
    const known = values.map(String);
    const unknown = Object.keys(node.varies[name] ?? {}).find((value) => !known.includes(value));
    if (unknown === undefined) continue;
    const code = 'unknown-value';
    const message = `The axis \`${name}\` of ${node.name} has no value \`${unknown}\`.`;
    const advice = didYouMean(unknown, known, 'values');
    throw new PipeError(code, message, {
      exitCode: exitCodes.usage,
      advice,
      diagnostics: [{ code, message, advice, place: node.place(['vary', name, unknown]) }],
    });
  }
}
