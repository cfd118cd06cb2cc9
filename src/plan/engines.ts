import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { closest } from 'fastest-levenshtein';
import { PipeError, exitCodes } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import type { Code, CodeCache } from './code-cache.ts';

/** An engine, ready to be named in a key and loaded by a worker. */
export interface EngineCode {
  readonly name: string;
  readonly code: Code<{ readonly version: string }>;
  readonly threads: number;
}

const folder = join(packageRoot, 'src/engine');

/** Names of the engines that there are. */
export function engineNames(): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort();
}

/** Finds an engine by its name; `auto` is the embedded one. */
export async function loadEngine(cache: CodeCache, wanted: string): Promise<EngineCode> {
  const name = wanted === 'auto' ? 'wasm' : wanted;
  const names = engineNames();
  if (!names.includes(name)) {
    throw new PipeError('unknown-engine', `There is no engine '${name}'.`, {
      exitCode: exitCodes.usage,
      advice: `Did you mean '${closest(name, names)}'? There are: auto, ${names.join(', ')}.`,
    });
  }
  const code = await cache.load(join(folder, name, 'index.ts'), (module) => {
    const { version, assets } = module as { version: string; assets: readonly string[] };
    return { facts: { version }, assets };
  });
  return { name, code, threads: 1 };
}
