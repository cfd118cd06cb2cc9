import { newRunId } from '../../experiment/index.ts';
import { openWorkspace } from '../../run/index.ts';
import { didYouMean } from '../../spec/did-you-mean.ts';
import { pipelineSchema } from '../../spec/index.ts';
import type { StageInfo } from '../../spec/types.ts';
import { isRecord } from '../../stage/codecs/artifact-error.ts';
import { usageError } from '../open-pipeline.ts';
import type { CommonOptions } from '../options.ts';
import { renderTable } from '../table.ts';
import { type Colours, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe schema`: the JSON Schema of pipelines for editors, or what one stage type takes and gives. */
export async function schema(wanted: string | undefined, options: CommonOptions): Promise<number> {
  const { json, print, printJson, colours } = createTerminal(options);
  const { artifacts } = findWorkspace(options.workspace);
  const { store, types } = await openWorkspace(artifacts, { runId: newRunId(), readOnly: true });
  try {
    if (wanted === undefined) {
      print(JSON.stringify(await pipelineSchema(types), undefined, json ? 0 : 2));
      return 0;
    }
    const info = await types.find(wanted, []);
    if (info === undefined) {
      throw usageError(
        'unknown-stage-type',
        `There is no stage type '${wanted}'.`,
        didYouMean(wanted, await types.names([]), 'stage types'),
      );
    }
    if (json) printJson(info);
    else print(describe(info, colours));
    return 0;
  } finally {
    await store.close();
  }
}

function describe(
  { name, description, kind, inputs, outputs, columns, params }: StageInfo,
  { bold, dim }: Colours,
): string {
  const required = Array.isArray(params.required) ? params.required : [];
  const rows = Object.entries(isRecord(params.properties) ? params.properties : {}).map(([key, value]) => {
    const property = isRecord(value) ? value : {};
    const fallback =
      required.includes(key) && property.default === undefined ? 'required' : JSON.stringify(property.default ?? null);
    return [key, typeOf(property), fallback, typeof property.description === 'string' ? property.description : ''];
  });
  return [
    `${bold(name)} (${kind}): ${description}`,
    ...(Object.keys(inputs).length > 0 ? [`inputs:  ${JSON.stringify(inputs)}`] : []),
    `outputs: ${JSON.stringify(outputs)}`,
    ...(columns.length > 0 ? [`columns: ${columns.join(', ')}`] : []),
    '',
    renderTable(['parameter', 'type', 'default', 'meaning'], rows, dim),
  ].join('\n');
}

function typeOf(property: Readonly<Record<string, unknown>>): string {
  if (typeof property.type === 'string') return property.type;
  const choices = Array.isArray(property.anyOf) ? property.anyOf.filter(isRecord) : [];
  return choices
    .map(({ const: constant, type }) => (constant === undefined ? String(type) : JSON.stringify(constant)))
    .join(' | ');
}
