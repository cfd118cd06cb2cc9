import { closeSchema, isSchema, mapSchema, type Schema } from './closed-schema.ts';
import { commandParams, commandType } from './command-stage-info.ts';
import { branchesOf } from './describe-schema.ts';
import { pipelineStructure, stageStructure } from './pipeline-structure.ts';
import { sweepFileStructure } from './sweep-structure.ts';
import type { StageTypes } from './types.ts';

/**
 * JSON Schema (draft-07) of pipeline files for editors, in which `with` depends on `uses`. Wherever a parameter is
 * no text, a reference such as `${params.scales}` may stand.
 */
export async function pipelineSchema(types: StageTypes, folders: readonly string[] = []): Promise<Schema> {
  const names = await types.names(folders);
  const found = await Promise.all(names.map((name) => types.find(name, folders)));
  const infos = found.filter((info) => info !== undefined);
  const known = [
    ...infos.map(({ name, description, params }) => ({ name, description, params })),
    { name: commandType, description: 'a program in any language', params: commandParams },
  ];
  const uses = {
    anyOf: [...known.map(({ name, description }) => ({ const: name, description })), { type: 'string' }],
    description: 'stage type',
  };
  const conditions = known.map(({ name, params }) => {
    const parameters = allowReferences(closeSchema(params));
    return {
      if: { type: 'object', required: ['uses'], properties: { uses: { const: name } } },
      then: { properties: { with: parameters }, ...('required' in parameters ? { required: ['with'] } : {}) },
    };
  });
  return orSweep(
    withStage({ ...stageStructure, properties: { ...stageStructure.properties, uses }, allOf: conditions }),
  );
}

/** A file with a sweep has no stages, and names its pipeline by a path. */
function orSweep(schema: Schema): Schema {
  const { properties } = pipelineStructure;
  const pipeline = { anyOf: [properties.pipeline, sweepFileStructure.properties.pipeline] };
  return {
    ...schema,
    required: ['pipeline'],
    anyOf: [{ required: ['stages'] }, { required: ['sweep'] }],
    properties: { ...(isSchema(schema.properties) ? schema.properties : {}), pipeline },
  };
}

/** The schema without any stage type's parameters, as it is in docs/pipeline.schema.json. */
export function withStage(stage: Schema): Schema {
  const { properties } = pipelineStructure;
  return {
    ...pipelineStructure,
    properties: { ...properties, stages: { ...properties.stages, additionalProperties: stage } },
  };
}

const reference: Schema = { type: 'string', pattern: '^\\$\\{[^}]*\\}$' };

/** What an editor may be told of parameters: defaults are filled in, and a reference may stand for anything but text. */
function allowReferences(schema: Schema): Schema {
  const open = mapSchema(schema, (part) => {
    // What binds parameters to each other is told by the program: any of them may be a reference.
    const { description, default: fallback, title, allOf: _bonds, ...rest } = withoutDefaults(part);
    const isText = rest.type === 'string' && rest.pattern === undefined && rest.enum === undefined;
    const isOpen = !['type', 'anyOf', 'oneOf', 'const', 'enum'].some((keyword) => keyword in rest);
    if (isText || isOpen) return part;
    const notes = Object.entries({ title, description, default: fallback }).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(notes), anyOf: [rest, reference] };
  });
  // `with` itself is always a mapping.
  return branchesOf(open)?.[0] ?? open;
}

/** TypeBox calls a parameter with a default required. */
function withoutDefaults(schema: Schema): Schema {
  const { required, ...rest } = schema;
  const properties: Schema = isSchema(schema.properties) ? schema.properties : {};
  const hasDefault = (name: unknown): boolean => {
    const property = typeof name === 'string' ? properties[name] : undefined;
    return isSchema(property) && property.default !== undefined;
  };
  const left = Array.isArray(required) ? required.filter((name) => !hasDefault(name)) : [];
  return left.length > 0 ? { ...rest, required: left } : rest;
}
