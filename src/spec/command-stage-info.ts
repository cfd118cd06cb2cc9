import type { ArtifactRecord, InputDeclaration } from '../stage/index.ts';
import type { Schema } from './closed-schema.ts';
import type { StageInfo } from './types.ts';

/** The built-in stage type whose inputs and outputs stand in its own parameters. */
export const commandType = 'command';

/** The parameters of `uses: command`. */
export interface CommandParams {
  /** Program and arguments; `${inputs.NAME}`, `${outputs.NAME}` and `${code}` are filled in where it runs. */
  readonly command: readonly string[];
  /** Folder of the program's own files. */
  readonly code?: string;
  readonly inputs: Readonly<Record<string, InputDeclaration>>;
  readonly outputs: ArtifactRecord;
  readonly per: 'item' | 'all';
  readonly columns: readonly string[];
}

const words = '^[a-z][a-zA-Z0-9_-]*$';
const artifact: Schema = { enum: ['waveform', 'array', 'json', 'tensors', 'file'] };
const record: Schema = {
  type: 'object',
  minProperties: 1,
  propertyNames: { not: { enum: ['items', 'each', 'optional'] } },
  additionalProperties: artifact,
};
const shape: Schema = { anyOf: [artifact, record] };
const declaration: Schema = {
  title: 'an artifact type (`waveform`, `array`, `json`, `tensors`, `file`), { items: TYPE } or { each: TYPE }',
  anyOf: [
    artifact,
    record,
    {
      type: 'object',
      required: ['items'],
      additionalProperties: false,
      properties: { items: { anyOf: [artifact, record, { type: 'null' }] }, optional: { type: 'boolean' } },
    },
    {
      type: 'object',
      required: ['each'],
      additionalProperties: false,
      properties: { each: shape, optional: { type: 'boolean' } },
    },
  ],
};

/** JSON Schema of `with` for `uses: command`. */
export const commandParams: Schema = {
  type: 'object',
  required: ['command', 'outputs'],
  additionalProperties: false,
  properties: {
    command: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', title: 'text (numbers in quotes)' },
      title: 'a list: the program and its arguments',
      description: 'with `${inputs.NAME}`, `${outputs.NAME}` and `${code}` for paths',
    },
    code: {
      type: 'string',
      title: 'a folder',
      description:
        "folder of the program's files, relative to the pipeline; default: that of the first word that is a file",
    },
    inputs: {
      type: 'object',
      title: 'a mapping of names to artifact types',
      propertyNames: { pattern: words, title: 'A name starts with a small letter, then letters, digits, `_` and `-`' },
      additionalProperties: declaration,
      default: {},
    },
    outputs: {
      type: 'object',
      minProperties: 1,
      title: 'a mapping of at least one name to an artifact type',
      propertyNames: { pattern: words, title: 'A name starts with a small letter, then letters, digits, `_` and `-`' },
      additionalProperties: artifact,
    },
    per: { enum: ['item', 'all'], default: 'item', description: 'run once for each item, or once for all' },
    columns: {
      type: 'array',
      items: { type: 'string' },
      uniqueItems: true,
      default: [],
      description: 'columns of the items that it may see',
    },
  },
};

/** What a command is as a stage: `per: item` maps, `per: all` reduces. */
export function commandStageInfo(parameters: CommandParams): StageInfo {
  return {
    name: commandType,
    description: 'a program in any language',
    kind: parameters.per === 'item' ? 'map' : 'reduce',
    params: commandParams,
    inputs: parameters.inputs,
    outputs: parameters.outputs,
    columns: parameters.columns,
    engine: false,
    isolate: false,
  };
}
