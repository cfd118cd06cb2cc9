import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { env } from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';
import { newRunId } from '../experiment/index.ts';
import { type Workspace, openWorkspace } from '../run/index.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { loadPipeline, specError } from '../spec/index.ts';
import type { Pipeline } from '../spec/types.ts';
import type { SpecOptions } from './options.ts';
import { type WorkspaceFolders, findWorkspace } from './workspace.ts';

export interface OpenPipeline {
  readonly pipeline: Pipeline;
  readonly workspace: Workspace;
  readonly folders: WorkspaceFolders;
}

/** Opens the store and loads a pipeline. The caller closes the store. Throws a PipeError for all that is wrong with it. */
export async function openPipeline(
  spec: string,
  options: SpecOptions,
  { readOnly }: { readonly readOnly: boolean },
): Promise<OpenPipeline> {
  const folders = findWorkspace(options.workspace);
  const workspace = await openWorkspace(folders.artifacts, { runId: newRunId(), readOnly });
  try {
    const pipeline = await load(spec, options, folders, workspace);
    for (const stage of [...options.force, ...(options.target === undefined ? [] : [options.target])]) {
      checkStage(stage, pipeline);
    }
    return { pipeline, workspace, folders };
  } catch (error) {
    await workspace.store.close();
    throw error;
  }
}

async function load(
  spec: string,
  { set, data, engine }: SpecOptions,
  { root }: WorkspaceFolders,
  { types, store }: Workspace,
): Promise<Pipeline> {
  const file = resolve(spec);
  const loaded = await loadPipeline(
    file,
    {
      overrides: set,
      data: dataFolders(data),
      environment: env,
      workingFolder: root,
      memory: store,
      ...(engine !== undefined && { engine }),
    },
    types,
  );
  if ('diagnostics' in loaded) throw specError(spec, loaded.diagnostics);
  return loaded.pipeline;
}

/** Runs `work` with an open pipeline, and closes the store whatever happens. */
export async function withPipeline<T>(
  spec: string,
  options: SpecOptions,
  mode: { readonly readOnly: boolean },
  work: (open: OpenPipeline) => Promise<T>,
): Promise<T> {
  const open = await openPipeline(spec, options, mode);
  try {
    return await work(open);
  } finally {
    await open.workspace.store.close();
  }
}

/** `--data NAME=DIR`, repeated. Folders are relative to the current one. */
export function dataFolders(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, folder] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || folder === undefined) {
        throw usageError(
          'bad-data-option',
          `--data ${text} is not NAME=DIR.`,
          'Write for example --data emodb=/corpora/emodb/wav',
        );
      }
      return [name, resolve(folder)];
    }),
  );
}

/** `--jobs N`; one for each core when it is not given. */
export function jobCount(given: string | undefined): number {
  if (given === undefined) return availableParallelism();
  const jobs = Number(given);
  if (Number.isInteger(jobs) && jobs >= 1 && jobs <= 1024) return jobs;
  throw usageError(
    'bad-jobs-option',
    `--jobs ${given} is not a whole number from 1 to 1024.`,
    'Leave it out to use all cores.',
  );
}

export function checkStage(name: string, { stages }: Pipeline): void {
  const names = stages.map((stage) => stage.name);
  if (names.includes(name)) return;
  throw usageError('unknown-stage', `The pipeline has no stage '${name}'.`, didYouMean(name, names, 'stages'));
}

export function usageError(code: string, message: string, advice: string): PipeError {
  return new PipeError(code, message, { exitCode: exitCodes.usage, advice });
}
