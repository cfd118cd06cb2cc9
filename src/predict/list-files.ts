import { PipeError, exitCodes } from '../errors.ts';
import type { JobFailure } from '../run/job.ts';
import type { Workspace } from '../run/workspace.ts';
import type { Pipeline, StageInfo } from '../spec/types.ts';
import type { SourceStage } from '../stage/index.ts';
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

/** Lists the files that paths stand for; one that cannot be read is a fault of its own. Throws a PipeError for a bad folder. */
export async function listFiles(
  paths: readonly string[],
  source: StageInfo,
  { stageFolders }: Pipeline,
  { types, store }: Workspace,
): Promise<ListedFiles> {
  const { bundle } = await types.code(source.name, stageFolders);
  const { default: stage } = (await import(bundle)) as { default: SourceStage };
  const items = await stage.list({ paths }, { log: () => undefined }).catch((error: unknown) => {
    throw asPipeError(error);
  });
  const files: { id: string; digests: Digest[] }[] = [];
  const faults: FileFault[] = [];
  for (const { columns, files: found } of items) {
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
