import { PipeError, exitCodes } from '../errors.ts';
import { isRecord } from '../stage/codecs/artifact-error.ts';
import type { ArtifactType, StageType } from '../stage/index.ts';

const artifactTypes: Readonly<Record<ArtifactType, true>> = {
  waveform: true,
  array: true,
  json: true,
  tensors: true,
  file: true,
};

/**
 * The stage type that a module declares. Throws a PipeError (`not-a-stage`) that names everything that is wrong with it:
 * user code may be JavaScript, or never have been type-checked.
 */
export function checkStage(file: string, module: unknown): StageType {
  const declared = fieldsOf(module)['default'];
  const faults = declared === undefined ? ['there is no default export'] : faultsOf(declared);
  if (faults.length === 0) return declared as StageType;
  throw new PipeError('not-a-stage', [`The default export of ${file} is not a stage type:`, ...faults].join('\n  '), {
    exitCode: exitCodes.usage,
    advice: 'Write `export default defineStage({ name, kind, ... })`; README.md has an example.',
  });
}

function faultsOf(declared: unknown): string[] {
  if (typeof declared !== 'object' || declared === null) return [`it is ${String(declared)}`];
  const { name, kind, params, inputs, outputs, columns, pausable, predictions, onNewData, run, list } =
    fieldsOf(declared);
  const faults: string[] = [];
  const require = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  require(typeof name === 'string', '`name` must be text');
  require(kind === 'source' || kind === 'map' || kind === 'reduce', '`kind` must be source, map or reduce');
  require(fieldsOf(params)['type'] === 'object', '`params` must be a Type.Object({ ... })');
  require(isRecord(outputs) && Object.keys(outputs).length > 0, '`outputs` must name at least one artifact');
  for (const [output, type] of Object.entries(fieldsOf(outputs)))
    require(isType(type), `the output \`${output}\` must be one of ${Object.keys(artifactTypes).join(', ')}`);
  if (kind === 'source') {
    require(typeof list === 'function', '`list` must be a function');
    return faults;
  }
  require(typeof run === 'function', '`run` must be a function');
  require(isRecord(inputs), '`inputs` must name the artifacts that the stage reads');
  for (const [input, declaration] of Object.entries(fieldsOf(inputs)))
    require(isInput(
      declaration,
      kind,
    ), `the input \`${input}\` must be an artifact${kind === 'reduce' ? ', or { items } or { each } of one' : ''}`);
  require(columns === undefined ||
    (Array.isArray(columns) &&
      columns.every((column) => typeof column === 'string')), '`columns` must be a list of names');
  const known = fieldsOf(fieldsOf(params)['properties']);
  const { by, of } = fieldsOf(pausable);
  require(pausable === undefined ||
    [by, of].every((name) => typeof name === 'string' && name in known), '`pausable` must name two of its `params`');
  const predicted = typeof predictions === 'string' ? fieldsOf(outputs)[predictions] : undefined;
  require(predictions === undefined || predicted === 'json', '`predictions` must name an output that is json');
  const { stage, source } = fieldsOf(onNewData);
  require(onNewData === undefined ||
    (typeof stage === 'string' && typeof source === 'string'), '`onNewData` must name a `stage` and a `source`');
  return faults;
}

function isInput(declaration: unknown, kind: unknown): boolean {
  const { items, each } = fieldsOf(declaration);
  if (kind === 'reduce' && items !== undefined) return items === null || isShape(items);
  if (kind === 'reduce' && each !== undefined) return isShape(each);
  return isShape(declaration);
}

const isShape = (shape: unknown): boolean => isType(shape) || (isRecord(shape) && Object.values(shape).every(isType));
const isType = (type: unknown): boolean => typeof type === 'string' && Object.hasOwn(artifactTypes, type);
const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isRecord(value) ? value : {});
