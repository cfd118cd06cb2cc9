import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { sha256 } from './key.ts';

/** Code that can be run by a worker and named in a key. */
export interface Code<Facts = unknown> {
  /** An ES module with everything in it but npm packages. */
  readonly bundle: string;
  /** SHA-256 of the minified bundle without comments, where packages stand as name@version, and of the assets. */
  readonly digest: string;
  /** Absolute paths of the assets by their declared name. */
  readonly assets: Readonly<Record<string, string>>;
  /** What `describe` found in the module, kept so that a run with nothing to do need not import it. */
  readonly facts: Facts;
}

/** The module's facts worth keeping, and the assets that it declares, relative to its file. */
export interface Description<Facts> {
  readonly facts: Facts;
  readonly assets: readonly string[];
}

interface Remembered<Facts> extends Code<Facts> {
  /** State of every file that the bundle was made of. */
  readonly files: readonly (readonly [path: string, state: string])[];
}

export interface CodeCache {
  /**
   * Bundles a module, or finds the bundle that was made of the same files.
   * Throws a PipeError (`broken-code`) when it does not compile or import.
   */
  load<Facts>(entry: string, describe: (module: unknown) => Description<Facts>): Promise<Code<Facts>>;
}

/** Keeps bundles in `folder`. They can be thrown away: whatever is missing or damaged is made again. */
export function openCodeCache(folder: string): CodeCache {
  return {
    async load<Facts>(entry: string, describe: (module: unknown) => Description<Facts>) {
      const memo = join(folder, `${sha256(`${toolState()} ${resolve(entry)}`)}.json`);
      const remembered = recall<Facts>(memo);
      if (remembered !== undefined) return remembered;
      const code = await build(entry, folder, describe);
      const text = JSON.stringify(code);
      writeAside(memo, `${sha256(text)}\n${text}`);
      return code;
    },
  };
}

function recall<Facts>(memo: string): Code<Facts> | undefined {
  let content: string;
  try {
    content = readFileSync(memo, 'utf8');
  } catch {
    return undefined;
  }
  const text = content.slice(65);
  if (sha256(text) !== content.slice(0, 64)) return undefined;
  const remembered = JSON.parse(text) as Remembered<Facts>;
  if (!existsSync(remembered.bundle)) return undefined;
  return remembered.files.every(([path, state]) => fileState(path) === state) ? remembered : undefined;
}

async function build<Facts>(
  entry: string,
  folder: string,
  describe: (module: unknown) => Description<Facts>,
): Promise<Remembered<Facts>> {
  const { bundleModule } = await import('./bundle-module.ts');
  const { text, canonical, sources } = await bundleModule(entry);
  const bundle = join(folder, `${sha256(text)}.mjs`);
  writeAside(bundle, text);
  const description = describe(await importModule(entry, bundle));
  const assets = description.assets.map((name) => [name, resolve(dirname(entry), name)] as const);
  const digest = createHash('sha256').update(canonical);
  for (const [name, path] of assets) digest.update(`\n${name} `).update(readAsset(entry, path));
  return {
    bundle,
    digest: digest.digest('hex'),
    assets: Object.fromEntries(assets),
    facts: description.facts,
    files: [...sources, ...assets.map(([, path]) => path)].map((path) => [path, fileState(path)] as const),
  };
}

async function importModule(entry: string, bundle: string): Promise<unknown> {
  try {
    return await import(bundle);
  } catch (cause) {
    throw new PipeError('broken-code', `${entry} fails when it is loaded: ${messageOf(cause)}`, {
      exitCode: exitCodes.usage,
      advice:
        'A stage file only declares its stage; it must not do work, or need things that are not there, when it is loaded.',
      cause,
    });
  }
}

function readAsset(entry: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PipeError('missing-asset', `${entry} declares the asset ${path}, which cannot be read.`, {
      exitCode: exitCodes.environment,
      advice: 'If it is a .wasm file of pipe itself, run `npm run build` in its folder.',
      cause,
    });
  }
}

/** A file with the same size, times and inode has the same bytes. */
function fileState(path: string): string {
  const state = statSync(path, { bigint: true, throwIfNoEntry: false });
  return state === undefined ? 'missing' : `${state.size} ${state.mtimeNs} ${state.ctimeNs} ${state.ino}`;
}

/** To be raised when bundling changes: what an earlier bundler has made is not used then. */
function toolState(): string {
  return 'code cache 2';
}

function writeAside(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${randomUUID()}`;
  writeFileSync(aside, content);
  renameSync(aside, path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
