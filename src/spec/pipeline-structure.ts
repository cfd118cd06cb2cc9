import type { Schema } from './closed-schema.ts';
import { namePattern, nameRule } from './names.ts';
import { sweepStructure } from './sweep-structure.ts';

/** `auto` takes the best engine that is installed. */
export const engineNames = ['auto', 'wasm', 'tensorflow', 'webgpu'] as const;

const names: Schema = { pattern: namePattern, title: nameRule };
const scalar: Schema = { type: ['string', 'number', 'boolean'], title: 'text, a number or true/false' };

const axis: Schema = {
  description: "a list of values, a list in `params` or in a stage's output, or the axis of another stage",
  anyOf: [
    { type: 'array', items: scalar, title: 'a list of texts, numbers or true/false' },
    {
      type: 'string',
      pattern: '^(\\$\\{[^}]*\\}|same-as \\S+)$',
      title: '`${params.NAME}`, `${STAGE.OUTPUT}`, or `same-as STAGE`',
    },
  ],
};

/** JSON Schema of one stage. */
export const stageStructure = {
  type: 'object',
  title: 'a mapping with `uses`',
  required: ['uses'],
  additionalProperties: false,
  properties: {
    uses: {
      type: 'string',
      minLength: 1,
      title: 'the name of a stage type',
      description: 'stage type, such as `vad` or `corpus/emodb`, or `command`',
    },
    description: { type: 'string', description: 'one line for reports' },
    with: { type: 'object', description: 'parameters of the stage type' },
    needs: {
      description: 'the stages that the inputs come from',
      anyOf: [
        { type: 'string', title: 'the name of a stage' },
        {
          type: 'object',
          title: 'a mapping of inputs to stages',
          additionalProperties: { type: 'string', title: 'a stage, or `stage.output`' },
        },
      ],
    },
    matrix: {
      description: 'the stage is computed once for every combination of these values',
      anyOf: [
        { type: 'string', pattern: '^same-as \\S+$', title: '`same-as STAGE`' },
        { type: 'object', title: 'a mapping of axes to values', propertyNames: names, additionalProperties: axis },
      ],
    },
    vary: {
      type: 'object',
      title: 'a mapping of axes to values, and of these to parameters',
      description: 'parameters that take the place of those in `with` where an axis of the matrix has a certain value',
      propertyNames: names,
      additionalProperties: {
        type: 'object',
        title: 'a mapping of values of the axis to parameters',
        additionalProperties: { type: 'object', title: 'a mapping of parameters' },
      },
    },
    engine: { enum: engineNames, description: 'what computes tensors' },
    threads: {
      type: 'integer',
      minimum: 1,
      maximum: 256,
      title: 'a whole number from 1 to 256',
      description: 'cores that the engine may use for one task, where it can use several; 1 unless given',
    },
    timeout: {
      type: 'number',
      exclusiveMinimum: 0,
      // A timer that is set for longer goes off at once.
      maximum: 2_000_000,
      title: 'a number of seconds above 0, at most 2,000,000 (23 days)',
      description: 'seconds after which a task is stopped and counts as failed',
    },
    retries: { type: 'integer', minimum: 0, maximum: 10, description: 'how often a failed task is tried again' },
    isolate: { enum: ['process'], description: 'run every task in a process of its own' },
  },
} satisfies Schema;

/**
 * JSON Schema of a pipeline file, apart from the parameters of each stage type.
 * An editor completes from it, and files are checked by it; titles are what messages say.
 */
export const pipelineStructure = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'a pipeline',
  type: 'object',
  required: ['pipeline', 'stages'],
  additionalProperties: false,
  properties: {
    pipeline: {
      type: 'string',
      pattern: namePattern,
      title: 'a name (a small letter, then letters, digits, `_` and `-`)',
      description: 'names its runs',
    },
    description: { type: 'string', description: 'what is studied, for reports' },
    data: {
      type: 'object',
      description: 'data folders by name, each with a default path relative to this file, or ~ where it must be given',
      propertyNames: names,
      additionalProperties: { type: ['string', 'null'], title: 'a folder, or ~ where it must be given' },
    },
    params: { type: 'object', description: 'values that stages refer to by ${params.NAME}', propertyNames: names },
    stageFolders: {
      type: 'array',
      items: { type: 'string', title: 'a folder' },
      description: 'folders with further stage types, relative to this file',
    },
    stages: {
      type: 'object',
      minProperties: 1,
      title: 'a mapping of at least one stage',
      propertyNames: names,
      additionalProperties: stageStructure,
    },
    sweep: sweepStructure,
  },
} satisfies Schema;
