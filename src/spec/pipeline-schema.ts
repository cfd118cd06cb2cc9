import { closeSchema, mapSchema, type Schema } from './closed-schema.ts';
import { commandParams, commandType } from './command-stage-info.ts';
import { branchesOf } from './describe-schema.ts';
import { pipelineStructure, stageStructure } from './pipeline-structure.ts';
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
  const conditions = known.map(({ name, params }) => ({
    if: { type: 'object', required: ['uses'], properties: { uses: { const: name } } },
    then: { properties: { with: allowReferences(closeSchema(params)) } },
  }));
  return withStage({ ...stageStructure, properties: { ...stageStructure.properties, uses }, allOf: conditions });
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

function allowReferences(schema: Schema): Schema {
  const open = mapSchema(schema, (part) => {
    const isText = part.type === 'string' && part.pattern === undefined && part.enum === undefined;
    if (
      isText ||
      (part.anyOf === undefined && part.type === undefined && part.const === undefined && part.enum === undefined)
    )
      return part;
    const { description, default: fallback, title, ...rest } = part;
    const notes = Object.fromEntries(
      Object.entries({ title, description, default: fallback }).filter(([, value]) => value !== undefined),
    );
    return { ...notes, anyOf: [rest, reference] };
  });
  // `with` itself is always a mapping.
  return branchesOf(open)?.[0] ?? open;
}
