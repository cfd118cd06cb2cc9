import { statSync } from 'node:fs';
import { PipeError, exitCodes } from '../errors.ts';
import type { StageNode } from '../spec/types.ts';
import type { SourceItem, SourceStage } from '../stage/index.ts';
import type { GraphContext } from './graph.ts';
import type { PlannedItem } from './graph-types.ts';
import type { StageCode } from './stage-code.ts';

/** Runs a source: its items sorted by id, with the digests of their files. */
export async function listItems(
  node: StageNode,
  code: StageCode,
  context: GraphContext,
): Promise<readonly PlannedItem[]> {
  const { default: source } = (await import(code.bundle ?? '')) as { default: SourceStage };
  const found = await listSource(node, source, context);
  if (found.length === 0) throw dataProblem(node, 'no-items', 'it found no items', undefined, undefined);
  const items = found.map((item) => digestFiles(node, item, context)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const twice = items.find((item, index) => items[index + 1]?.id === item.id);
  if (twice !== undefined)
    throw dataProblem(node, 'duplicate-item', `two items are called ${twice.id}`, undefined, undefined);
  return items;
}

async function listSource(node: StageNode, source: SourceStage, { log }: GraphContext): Promise<readonly SourceItem[]> {
  try {
    return await source.list(node.params({}), { log });
  } catch (error) {
    // The bundle has its own copy of the class.
    if (!(error instanceof Error) || error.name !== 'DataError') throw error;
    const { code, advice } = error as Error & { code?: string; advice?: string };
    throw dataProblem(node, code ?? 'bad-data', error.message, advice, error);
  }
}

function digestFiles(node: StageNode, item: SourceItem, { store }: GraphContext): PlannedItem {
  const files = Object.entries(item.files).map(([output, path]) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() !== true)
      throw dataProblem(node, 'missing-file', `${path} is not a file`, undefined, undefined);
    return [output, { path, ...store.fileDigest(path) }] as const;
  });
  return { id: item.columns.id, columns: item.columns, files: Object.fromEntries(files) };
}

function dataProblem(
  node: StageNode,
  code: string,
  message: string,
  advice: string | undefined,
  cause: unknown,
): PipeError {
  return new PipeError(code, `${node.name}: ${message}`, {
    exitCode: exitCodes.inputData,
    advice,
    cause,
    diagnostics: [
      {
        code,
        message: `${node.name}: ${message}`,
        place: node.place(['with']),
        ...(advice !== undefined && { advice }),
      },
    ],
  });
}
