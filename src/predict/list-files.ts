import { PipeError, exitCodes } from '../errors.ts';
import type { JobFailure } from '../run/job.ts';
import type { Workspace } from '../run/workspace.ts';
import type { Pipeline, StageInfo } from '../spec/types.ts';
import type { SourceItem, SourceStage } from '../stage/index.ts';
import type { Digest } from '../store/types.ts';

/** A file that cannot be answered about. */
export interface FileFault {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly advice: string | undefined;
  readonly reason: JobFailure['reason'];
}

export interface ListedFiles {
  /** Ids of the items that can be read, in the order of the list, with the digests of their files. */
  readonly files: readonly { readonly id: string; readonly digests: readonly Digest[] }[];
  readonly faults: readonly FileFault[];
}

/**
 * Lists the files that paths stand for. One that cannot be read is a fault of its own, and so is a folder without any, unless it
 * is all that is named: then a PipeError is thrown.
 */
export async function listFiles(
  paths: readonly string[],
  source: StageInfo,
  { stageFolders }: Pipeline,
  { types, store }: Workspace,
): Promise<ListedFiles> {
  const { bundle } = await types.code(source.name, stageFolders);
  const { default: stage } = (await import(bundle)) as { default: SourceStage };
  const faults: FileFault[] = [];
  const items: SourceItem[] = [];
  // Each by itself, so that a folder without recordings does not keep the others from being answered.
  for (const path of paths) {
    try {
      items.push(...(await stage.list({ paths: [path] }, { log: () => undefined })));
    } catch (thrown) {
      const error = asPipeError(thrown);
      if (!(error instanceof PipeError)) throw error;
      if (paths.length === 1) throw error;
      faults.push({ id: path, code: error.code, message: error.message, advice: error.advice, reason: 'data' });
    }
  }
  const files: { id: string; digests: Digest[] }[] = [];
  const seen = new Set<string>();
  for (const { columns, files: found } of items) {
    if (seen.has(columns.id)) continue;
    seen.add(columns.id);
    try {
      files.push({ id: columns.id, digests: Object.values(found).map((path) => store.fileDigest(path).digest) });
    } catch (error) {
      if (!(error instanceof PipeError) || error.exitCode !== exitCodes.inputData) throw error;
      const { code, message } = error;
      faults.push({
        id: columns.id,
        code,
        message,
        advice: 'Check the path, and that you may read the file.',
        reason: 'data',
      });
    }
  }
  return { files, faults };
}

/** The source's bundle has its own copy of the class. */
function asPipeError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'DataError') return error;
  const { code, advice } = error as Error & { code?: string; advice?: string };
  return new PipeError(code ?? 'bad-data', sentence(error.message), {
    exitCode: exitCodes.inputData,
    advice,
    cause: error,
  });
}

/** Stages write the end of a sentence, that a file's or a stage's name begins. */
export const sentence = (text: string): string => {
  const end = /[.!?]$/.test(text) ? '' : '.';
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${end}`;
};
