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
  const items = digestItems(node, found, context).sort((a, b) => (a.id < b.id ? -1 : 1));
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

/** Every file is tried, so that one run names all that cannot be read. */
function digestItems(node: StageNode, items: readonly SourceItem[], context: GraphContext): PlannedItem[] {
  const faults: PipeError[] = [];
  const planned = items.flatMap((item) => {
    try {
      return [digestFiles(item, context)];
    } catch (error) {
      if (!(error instanceof PipeError) || error.exitCode !== exitCodes.inputData) throw error;
      faults.push(error);
      return [];
    }
  });
  const [first] = faults;
  if (first === undefined) return planned;
  const all = faults.map(({ message }) => message).join('\n  ');
  const message = faults.length === 1 ? all : `${faults.length} files cannot be read:\n  ${all}`;
  throw dataProblem(node, first.code, message, first.advice, first);
}

function digestFiles({ columns, files }: SourceItem, { store }: GraphContext): PlannedItem {
  const digests = Object.entries(files).map(([output, path]) => [output, { path, ...store.fileDigest(path) }] as const);
  return { id: columns.id, columns, files: Object.fromEntries(digests) };
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
