import { PipeError, exitCodes } from '../errors.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import type { SchemaChecker } from './check-schema.ts';
import type { Schema } from './closed-schema.ts';
import { evaluate, isTooLarge } from './evaluate.ts';
import { collectFindings, type Findings } from './findings.ts';
import { originOf } from './origin.ts';
import { schemaProblems, type SchemaProblem } from './schema-problems.ts';
import { isObject, keyPlaceOf, placeOf, pointerOf, type JsonObject, type Path } from './source-tree.ts';
import type { StageDraft } from './stage-draft.ts';
import { stageScope, type Met, type ScopeContext } from './stage-scope.ts';
import { pathOfParam, variantsAt, variantsOf } from './vary.ts';

export interface ParamsContext extends ScopeContext {
  readonly checker: SchemaChecker;
}

export interface StageParams {
  /** Axes that the parameters refer to. */
  readonly axes: ReadonlySet<string>;
  /** `inputs.NAME`, `outputs.NAME` and `code`, where a command's words name them. */
  readonly files: ReadonlySet<string>;
  /** As `StageNode.params`. */
  at(point: MatrixPoint): JsonObject;
}

/** More points than this are not all checked beforehand; the others are when they run. */
const mostPoints = 256;

/** Checks the parameters of a stage as far as they are known, and gives them at any matrix point. */
export function stageParams(stage: StageDraft, schema: Schema | undefined, context: ParamsContext): StageParams {
  const met = nothingMet();
  const before = context.findings.count;
  const value = evaluateWith(stage, undefined, context, met);
  if (stage.with && schema && isWithinSize(value, stage, context)) {
    const points = context.findings.count === before ? knownPoints(stage, met.axes) : undefined;
    if (!points) checkKnown(stage, schema, undefined, value, met, context);
    if (!points) checkVariants(stage, schema, context);
    for (const point of points ?? []) checkAt(stage, schema, point, context, context.findings);
  }
  const cache = new Map<string, JsonObject>();
  return {
    axes: met.axes,
    files: met.files,
    at(point) {
      const used = Object.fromEntries(
        [...met.axes].flatMap((axis) => (Object.hasOwn(point, axis) ? [[axis, point[axis]]] : [])),
      );
      const name = JSON.stringify(used);
      const known = cache.get(name);
      if (known) return known;
      const findings = collectFindings();
      const result = checkAt(stage, schema ?? {}, point, context, findings);
      if (!result) throw invalidAt(stage, point, findings);
      cache.set(name, result);
      return result;
    },
  };
}

/** Each variant by itself, where not all points are known yet. */
function checkVariants(stage: StageDraft, schema: Schema, context: ParamsContext): void {
  for (const { axis, value: named } of variantsOf(stage)) {
    const found = stage.matrix && Object.hasOwn(stage.matrix, axis) ? stage.matrix[axis] : undefined;
    const value = found?.kind === 'values' ? found.values.find((one) => String(one) === named) : named;
    // What the axis has not is told by itself.
    if (found === undefined || value === undefined) continue;
    const point = { [axis]: value };
    const met = nothingMet();
    checkKnown(stage, schema, point, evaluateWith(stage, point, context, met), met, context);
  }
}

/** The parameters as far as they are known before the matrix is, without telling of faults; undefined if they have any. */
export function draftParams(stage: StageDraft, schema: Schema, context: ParamsContext): JsonObject | undefined {
  const findings = collectFindings();
  const result = checkAt(stage, schema, undefined, context, findings);
  return result;
}

function nothingMet(): Met {
  return { unknown: [], axes: new Set(), files: new Set() };
}

function evaluateWith(stage: StageDraft, point: MatrixPoint | undefined, context: ScopeContext, met: Met): Json {
  const scope = stageScope(stage, point, context, met);
  const value = evaluate(stage.with ?? {}, [...stage.path, 'with'], scope);
  for (const { axis } of variantsOf(stage)) met.axes.add(axis);
  return variantsAt(stage, point).reduce<Json>((before, { params, path }) => {
    const varied = evaluate(params, path, scope);
    return isObject(before) && isObject(varied) ? { ...before, ...varied } : before;
  }, value);
}

function isWithinSize(value: Json, stage: StageDraft, { tree, findings }: ParamsContext): boolean {
  if (!isTooLarge(value)) return true;
  findings.add(
    'too-large',
    placeOf(tree, [...stage.path, 'with']),
    'The parameters grow beyond a million characters.',
    'References to references multiply: use fewer.',
  );
  return false;
}

/** All points of the axes that the parameters refer to, if they are written in the file and not too many. */
function knownPoints(stage: StageDraft, axes: ReadonlySet<string>): readonly MatrixPoint[] | undefined {
  let points: readonly MatrixPoint[] = [{}];
  for (const name of axes) {
    const axis = stage.matrix && Object.hasOwn(stage.matrix, name) ? stage.matrix[name] : undefined;
    if (axis?.kind !== 'values' || points.length * axis.values.length > mostPoints) return undefined;
    points = points.flatMap((point) => axis.values.map((value) => ({ ...point, [name]: value })));
  }
  return points;
}

/** The parameters at a point; undefined when they have faults, or hang on a value that is at fault itself. */
function checkAt(
  stage: StageDraft,
  schema: Schema,
  point: MatrixPoint | undefined,
  context: ParamsContext,
  findings: Findings,
): JsonObject | undefined {
  const met = nothingMet();
  const before = findings.count;
  const value = evaluateWith(stage, point, { ...context, findings }, met);
  if (findings.count > before || met.unknown.length > 0) return undefined;
  const checked = context.checker(schema, value);
  if ('errors' in checked) {
    tell(stage, point, schemaProblems(checked.errors, 'parameter'), { ...context, findings });
    return undefined;
  }
  return isObject(checked.value) ? checked.value : undefined;
}

/** Checks what does not hang on a value that is not known: null stands there. */
function checkKnown(
  stage: StageDraft,
  schema: Schema,
  point: MatrixPoint | undefined,
  value: Json,
  met: Met,
  context: ParamsContext,
): void {
  const checked = context.checker(schema, value);
  if (!('errors' in checked)) return;
  // Below `with`, or below `vary`, an axis and its value.
  const depthOf = (path: Path) => stage.path.length + (path[stage.path.length] === 'vary' ? 3 : 1);
  const unknown = met.unknown.map((path) => pointerOf(path.slice(depthOf(path))));
  const isOpen = (pointer: string): boolean =>
    unknown.some((other) => other === pointer || pointer.startsWith(`${other}/`) || other.startsWith(`${pointer}/`));
  const certain = checked.errors.filter(
    ({ instancePath, keyword, schemaPath }) =>
      !isOpen(instancePath) ||
      (['additionalProperties', 'required'].includes(keyword) && !/\/(anyOf|oneOf)\//.test(schemaPath)),
  );
  tell(stage, point, schemaProblems(certain, 'parameter'), context);
}

const codes: Readonly<Record<SchemaProblem['kind'], string>> = {
  unknown: 'unknown-parameter',
  missing: 'missing-parameter',
  invalid: 'invalid-parameter',
  'bad-name': 'bad-name',
};

function tell(
  stage: StageDraft,
  point: MatrixPoint | undefined,
  problems: readonly SchemaProblem[],
  { tree, findings }: ParamsContext,
): void {
  for (const { kind, path, message, advice } of problems) {
    const full = pathOfParam(stage, point, path);
    const place = kind === 'invalid' ? originOf(tree, full) : keyPlaceOf(tree, full);
    findings.add(codes[kind], place, message, advice);
  }
}

function invalidAt(stage: StageDraft, point: MatrixPoint, findings: Findings): PipeError {
  const at = Object.entries(point)
    .map(([axis, value]) => `${axis} ${value}`)
    .join(', ');
  return new PipeError('invalid-parameter', `The parameters of \`${stage.name}\` are not valid${at && ` at ${at}`}.`, {
    exitCode: exitCodes.usage,
    diagnostics: findings.all(),
  });
}
