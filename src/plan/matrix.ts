import type { MatrixPoint } from '../stage/index.ts';
import type { Axis } from '../spec/types.ts';
import { PipeError, exitCodes } from '../errors.ts';
import type { Graph } from './graph.ts';
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

/** The values of an axis; those of an artifact are scalars, or the names of its entries. */
export function axisValues(axis: Axis, graph: Graph): readonly AxisValue[] {
  if (axis.kind === 'values') return axis.values;
  const digest = graph.stages.find((stage) => stage.node.name === axis.stage)?.tasks[0]?.result?.outputs[axis.output]
    ?.digest;
  if (digest === undefined) throw new Error(`the matrix needs ${axis.stage}.${axis.output}, which is not known`);
  const content = readJson(digest, graph.store);
  const values = Array.isArray(content) ? content.map(axisValue) : [];
  if (values.length === 0 || values.includes(undefined) || new Set(values).size !== values.length) {
    throw new PipeError('bad-matrix-artifact', `${axis.stage}.${axis.output} cannot be an axis of a matrix.`, {
      exitCode: exitCodes.taskFailed,
      advice: 'It must be a JSON array of different texts, numbers or booleans, or of objects with a `name`.',
    });
  }
  return values.filter((value) => value !== undefined);
}

function axisValue(entry: unknown): AxisValue | undefined {
  if (typeof entry === 'string' || typeof entry === 'number' || typeof entry === 'boolean') return entry;
  const name = typeof entry === 'object' && entry !== null && 'name' in entry ? entry.name : undefined;
  return typeof name === 'string' ? name : undefined;
}
