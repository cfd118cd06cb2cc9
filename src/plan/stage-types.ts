import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { StageInfo, StageTypes } from '../spec/types.ts';
import { checkStage } from './check-stage.ts';
import type { Code, CodeCache, Description } from './code-cache.ts';

export interface LoadedStageTypes extends StageTypes {
  /** The code of a stage type that `find` has found. */
  code(name: string, folders: readonly string[]): Promise<Code<StageInfo>>;
}

const extensions = ['.ts', '.mts', '.js', '.mjs'];

/** Stage types are files: `corpus/emodb` is `corpus/emodb.ts` in one of the folders, or in `stages/` of this package. */
export function createStageTypes(cache: CodeCache): LoadedStageTypes {
  const loading = new Map<string, Promise<Code<StageInfo>>>();
  const load = (file: string) => {
    const started = loading.get(file) ?? cache.load(file, (module) => describeStage(file, module));
    loading.set(file, started);
    return started;
  };
  return {
    async find(name, folders) {
      const file = findFile(name, folders);
      if (file === undefined) return undefined;
      const { facts } = await load(file);
      if (facts.name !== name) throw misnamed(file, facts.name, name);
      return facts;
    },
    names: (folders) => Promise.resolve(allFolders(folders).flatMap((folder) => stageNames(folder, ''))),
    code(name, folders) {
      const file = findFile(name, folders);
      if (file === undefined) throw new Error(`stage type ${name} was found before but is gone`);
      return load(file);
    },
  };
}

const allFolders = (folders: readonly string[]) => [...folders, join(packageRoot, 'stages')];

/** Whether a text may name a stage type: such a name leads to no file outside the folders of stage types. */
export const isStageName = (name: string): boolean => /^[a-z0-9][a-z0-9-]*(\/[a-z0-9][a-z0-9-]*)*$/i.test(name);

function findFile(name: string, folders: readonly string[]): string | undefined {
  if (!isStageName(name)) return undefined;
  const found = allFolders(folders).flatMap((folder) =>
    extensions.map((extension) => join(folder, name + extension)).filter((file) => existsSync(file)),
  );
  if (found.length > 1) {
    throw new PipeError(
      'ambiguous-stage-type',
      `The stage type ${name} is there ${found.length} times: ${found.join(', ')}`,
      {
        exitCode: exitCodes.usage,
        advice: 'Rename yours, in its file name and in its `name`.',
      },
    );
  }
  return found[0];
}

function stageNames(folder: string, prefix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return stageNames(join(folder, entry.name), `${prefix}${entry.name}/`);
      const extension = extensions.find((candidate) => entry.name.endsWith(candidate));
      if (extension === undefined || entry.name.includes('.d.')) return [];
      const declares = /\bdefine(Stage|Source)\(/.test(readFileSync(join(folder, entry.name), 'utf8'));
      return declares ? [prefix + entry.name.slice(0, -extension.length)] : [];
    });
}

function describeStage(file: string, module: unknown): Description<StageInfo> {
  const stage = checkStage(file, module);
  const computes = stage.kind === 'source' ? undefined : stage;
  const facts: StageInfo = {
    name: stage.name,
    description: stage.description,
    kind: stage.kind,
    params: stage.params,
    inputs: computes?.inputs ?? {},
    outputs: stage.outputs,
    columns: computes?.columns ?? [],
    ...(computes?.parts && { parts: computes.parts }),
    ...(computes?.pausable && { pausable: computes.pausable }),
    ...(computes?.predictions !== undefined && { predictions: computes.predictions }),
    ...(computes?.onNewData && { onNewData: computes.onNewData }),
    engine: computes?.engine ?? false,
    isolate: computes?.isolate === 'process',
    ...(stage.kind === 'source' && { roles: stage.roles }),
  };
  // A round trip through JSON drops what is not data, so that the first and later loads are the same.
  return { facts: JSON.parse(JSON.stringify(facts)) as StageInfo, assets: stage.assets ?? [] };
}

function misnamed(file: string, stated: string, expected: string): PipeError {
  return new PipeError(
    'misnamed-stage-type',
    `${file} declares the stage type ${stated}, but its place says ${expected}.`,
    {
      exitCode: exitCodes.usage,
      advice: `Write name: '${expected}', or move the file.`,
    },
  );
}
