import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import type { Pipeline, StageNode } from '../spec/types.ts';
import { commandType } from '../spec/command-stage-info.ts';
import type { Command } from '../run/job.ts';
import type { Json, MatrixPoint } from '../stage/index.ts';
import type { Store } from '../store/types.ts';
import type { CodeCache } from './code-cache.ts';
import { type EngineCode, loadEngine } from './engines.ts';
import { type EngineIdentity, sha256 } from './key.ts';
import type { LoadedStageTypes } from './stage-types.ts';

/** The code behind a stage: a module, or a command with the folder that its program lies in. */
export interface StageCode {
  readonly digest: string;
  /** Undefined for commands. */
  readonly bundle: string | undefined;
  /** The files of a command; undefined for modules. */
  readonly files: Command['code'] | undefined;
  readonly assets: Readonly<Record<string, string>>;
  readonly engine: EngineCode | undefined;
}

/** More files than this is no folder of code. */
const commandFileLimit = 10_000;

/** Finds the code of a stage and its digest. */
export async function stageCode(
  node: StageNode,
  pipeline: Pipeline,
  context: { readonly types: LoadedStageTypes; readonly cache: CodeCache; readonly store: Store },
): Promise<StageCode> {
  if (node.type.name === commandType) {
    const files = commandFiles(node.params(anyPoint(node)), context.store);
    const digest = sha256(files.map((file) => `${file.name} ${file.digest}`).join('\n'));
    return { digest, bundle: undefined, files, assets: {}, engine: undefined };
  }
  const { digest, bundle, assets } = await context.types.code(node.type.name, pipeline.stageFolders);
  const engine = node.type.engine ? await loadEngine(context.cache, node.engine, node.threads) : undefined;
  return { digest, bundle, files: undefined, assets, engine };
}

/** What of an engine belongs to a key. */
export function engineIdentity({ name, code, library, threads }: EngineCode): EngineIdentity {
  return { name, code: code.digest, threads, ...(library !== undefined && { library }) };
}

/** A point for reading what does not depend on it, such as where the code lies. */
export const anyPoint = ({ matrix }: StageNode): MatrixPoint =>
  Object.fromEntries(
    Object.entries(matrix).map(([name, axis]) => [name, axis.kind === 'values' ? (axis.values[0] ?? '') : '']),
  );

/** The files in a command's `code` folder, by their path below it. */
function commandFiles({ code }: Readonly<Record<string, Json>>, store: Store): Command['code'] {
  if (typeof code !== 'string') return [];
  const paths = filesBelow(code);
  if (paths.length > commandFileLimit) {
    throw new PipeError('code-folder-too-large', `The code folder ${code} has more than ${commandFileLimit} files.`, {
      exitCode: exitCodes.usage,
      advice: 'Name a smaller one under `code:`: all its files count as the code of the command.',
    });
  }
  return paths.map((path) => ({ name: relative(code, path), path, digest: store.fileDigest(path).digest }));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== '__pycache__' && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]));
}
