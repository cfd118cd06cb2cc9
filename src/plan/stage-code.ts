import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import type { Json } from '../stage/index.ts';
import type { Store } from '../store/types.ts';
import type { CodeCache } from './code-cache.ts';
import { type EngineCode, loadEngine } from './engines.ts';
import { sha256 } from './key.ts';
import type { LoadedStageTypes } from './stage-types.ts';

/** The code behind a stage: a module, or a command with the folder that its program lies in. */
export interface StageCode {
  readonly digest: string;
  /** Undefined for commands. */
  readonly bundle: string | undefined;
  readonly assets: Readonly<Record<string, string>>;
  readonly engine: EngineCode | undefined;
}

export const commandType = 'command';

/** More files than this is no folder of code. */
const commandFileLimit = 10_000;

/** Finds the code of a stage and its digest. */
export async function stageCode(
  node: StageNode,
  pipeline: Pipeline,
  context: { readonly types: LoadedStageTypes; readonly cache: CodeCache; readonly store: Store },
): Promise<StageCode> {
  if (node.type.name === commandType) {
    return { digest: commandDigest(node.params({}), context.store), bundle: undefined, assets: {}, engine: undefined };
  }
  const { digest, bundle, assets } = await context.types.code(node.type.name, pipeline.stageFolders);
  const engine = node.type.engine ? await loadEngine(context.cache, node.engine) : undefined;
  return { digest, bundle, assets, engine };
}

/** Digest over names and bytes of the files in a command's `code` folder. */
function commandDigest(params: Readonly<Record<string, Json>>, store: Store): string {
  const { code } = params;
  if (typeof code !== 'string') return sha256('no code');
  const files = statSync(code).isDirectory() ? filesBelow(code) : [code];
  if (files.length > commandFileLimit) {
    throw new PipeError('code-folder-too-large', `The code folder ${code} has more than ${commandFileLimit} files.`, {
      exitCode: exitCodes.usage,
      advice: 'Name a smaller one under `code:`: all its files count as the code of the command.',
    });
  }
  return sha256(files.map((file) => `${relative(code, file)} ${store.fileDigest(file).digest}`).join('\n'));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__' && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
}
