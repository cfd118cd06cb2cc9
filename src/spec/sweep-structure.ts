import type { Schema } from './closed-schema.ts';
import { namePattern, nameRule } from './names.ts';

const settings = {
  type: 'object',
  title: 'a mapping of paths to values, such as `params.epochs: 10`',
} satisfies Schema;

const ends = (description: string) =>
  ({
    type: 'array',
    minItems: 2,
    maxItems: 2,
    items: { type: 'number' },
    title: 'a list of two numbers: from, to',
    description,
  }) satisfies Schema;

/** One thing that is searched: a list of values, or a mapping. */
const dimension = {
  anyOf: [
    { type: 'array', minItems: 1, title: 'a list of values' },
    {
      type: 'object',
      title: 'a mapping with `choices`, `settings`, `range` or `log`',
      additionalProperties: false,
      properties: {
        choices: { type: 'array', minItems: 1, title: 'a list of values', description: 'values without an order' },
        settings: {
          type: 'object',
          minProperties: 1,
          title: 'a mapping of names to settings',
          description: 'several values that go together, by a name for each',
          additionalProperties: settings,
        },
        range: ends('numbers between these, both included'),
        log: ends('the same, searched by ratio'),
        step: { type: 'number', exclusiveMinimum: 0, description: 'only the first, and so many apart' },
        integer: { type: 'boolean', description: 'only whole numbers' },
        steps: { type: 'integer', minimum: 1, maximum: 1000, description: 'so many of them in a grid' },
        when: {
          type: 'object',
          minProperties: 1,
          title: 'a mapping of searched paths to lists of values',
          description: 'it exists only where these have such values',
          additionalProperties: { type: 'array', minItems: 1, title: 'a list of values' },
        },
      },
    },
  ],
  title: 'a list of values, or a mapping with `choices`, `settings`, `range` or `log`',
} satisfies Schema;

export const strategyNames = ['grid', 'random', 'tpe', 'halving'] as const;

/** JSON Schema of the `sweep` block: which trials of a pipeline there are, and how one is chosen. */
export const sweepStructure = {
  type: 'object',
  title: 'a mapping with `name`, `objective` and `space`',
  required: ['name', 'objective', 'space'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: namePattern,
      title: `a name (a small letter, then letters, digits, \`_\` and \`-\`)`,
      description: 'names its records',
    },
    description: { type: 'string', description: 'what is studied, for reports' },
    set: { ...settings, description: 'changes in every trial, as by --set' },
    each: {
      type: 'object',
      minProperties: 1,
      title: 'a mapping of names to settings',
      description: 'sweep anew, and choose anew, with each of these changes: one for each corpus, say',
      propertyNames: { pattern: namePattern, title: nameRule },
      additionalProperties: settings,
    },
    space: {
      type: 'object',
      minProperties: 1,
      title: 'a mapping of paths to what is tried',
      description: 'what is searched, by path as for --set',
      additionalProperties: dimension,
    },
    strategy: {
      description: 'how the configurations of the trials are found; grid unless given',
      anyOf: [
        { enum: strategyNames },
        {
          type: 'object',
          title: 'a mapping with `kind`',
          required: ['kind'],
          additionalProperties: false,
          properties: {
            kind: { enum: strategyNames },
            seed: {
              type: 'integer',
              minimum: 0,
              description: 'random, tpe and halving: of the search; 0 unless given',
            },
            startup: { type: 'integer', minimum: 1, description: 'tpe: trials at random before the first that is not' },
            candidates: { type: 'integer', minimum: 1, description: 'tpe: drawn for each trial, to take the best' },
            minimum: { type: 'integer', minimum: 1, description: 'halving: epochs before the first decision' },
            factor: {
              type: 'number',
              minimum: 2,
              description: 'halving: one in so many goes on; 3 unless given',
            },
          },
        },
      ],
    },
    objective: {
      description: 'a number in a JSON output of a stage, as `stage.output.field`; the larger the better',
      anyOf: [
        { type: 'string', title: '`stage.output.field`' },
        {
          type: 'object',
          title: 'a mapping with `maximise` or `minimise`',
          minProperties: 1,
          maxProperties: 1,
          additionalProperties: false,
          properties: {
            maximise: { type: 'string', title: '`stage.output.field`' },
            minimise: { type: 'string', title: '`stage.output.field`' },
          },
        },
      ],
    },
    budget: {
      type: 'object',
      title: 'a mapping with `trials` or `hours`',
      minProperties: 1,
      additionalProperties: false,
      properties: {
        trials: { type: 'integer', minimum: 1, maximum: 100_000, description: 'trials of each search, at most' },
        hours: {
          type: 'number',
          exclusiveMinimum: 0,
          description: 'no trial is begun after so many hours of computing',
        },
      },
    },
    parallel: {
      type: 'integer',
      minimum: 1,
      maximum: 256,
      title: 'a whole number from 1 to 256',
      description: 'trials at once: each is proposed from those that are so many before it; 1 unless given',
    },
    choice: {
      enum: ['pooled', 'nested'],
      description: 'pooled: by the mean of all folds; nested: for each fold without its test data. pooled unless given',
    },
    final: { ...settings, description: 'changes in the run that reads the test data' },
  },
} satisfies Schema;

/** JSON Schema of a file with a sweep of another file's pipeline. */
export const sweepFileStructure = {
  type: 'object',
  title: 'a sweep',
  required: ['pipeline', 'sweep'],
  additionalProperties: false,
  properties: {
    pipeline: {
      type: 'string',
      minLength: 1,
      title: 'the path of a pipeline',
      description: 'the pipeline that is swept: a YAML file, relative to this one',
    },
    sweep: sweepStructure,
  },
} satisfies Schema;
