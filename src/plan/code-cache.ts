import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { guarded } from '../store/fs-errors.ts';
import type { Damage } from '../store/types.ts';
import { writeAside } from '../write-aside.ts';
import { fileState } from './file-state.ts';
import { sha256 } from './key.ts';

/** Code that can be run by a worker and named in a key. */
export interface Code<Facts = unknown> {
  /** An ES module with everything in it but npm packages. */
  readonly bundle: string;
  /** SHA-256 of the minified bundle without comments, where packages stand as name@version, and of the assets. */
  readonly digest: string;
  /** Absolute paths of copies of the assets by their declared name: what a build changes during a run is not read. */
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
  /** What was found damaged, and made again. */
  readonly damages: readonly Damage[];
}

/** Keeps bundles in `folder`. They can be thrown away: whatever is missing or damaged is made again. */
export function openCodeCache(folder: string): CodeCache {
  const damages: Damage[] = [];
  return {
    damages,
    async load<Facts>(entry: string, describe: (module: unknown) => Description<Facts>) {
      const memo = join(folder, `${sha256(`${toolState()} ${resolve(entry)}`)}.json`);
      const remembered = recall<Facts>(memo, (path, detail) => {
        damages.push({ what: 'code', name: basename(path), path, detail });
        // A folder would be in the way. A file is replaced by the rename, and may be a good one by now: of another run.
        if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
          rmSync(path, { recursive: true, force: true });
      });
      if (remembered !== undefined) return remembered;
      const code = await build(entry, folder, describe);
      const text = JSON.stringify(code);
      write(memo, `${sha256(text)}\n${text}`);
      return code;
    },
  };
}

/** What is damaged in a folder of bundles: each has a checksum, in its name or in itself. */
export function checkCode(folder: string): Damage[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const detail = codeFault(path);
    return detail === undefined ? [] : [{ what: 'code' as const, name, path, detail }];
  });
}

/** What is wrong with a file of a folder of bundles. */
export function codeFault(path: string): string | undefined {
  const kind = extname(path);
  if (kind === '.json') return memoFault(path);
  return kind === '.mjs' || kind === '.asset' ? keptFault(path) : undefined;
}

function recall<Facts>(memo: string, onDamage: (path: string, detail: string) => void): Code<Facts> | undefined {
  if (statSync(memo, { throwIfNoEntry: false }) === undefined) return undefined;
  const fault = memoFault(memo);
  if (fault !== undefined) {
    onDamage(memo, fault);
    return undefined;
  }
  const remembered = JSON.parse(readFileSync(memo, 'utf8').slice(65)) as Remembered<Facts>;
  if (!remembered.files.every(([path, state]) => fileState(path) === state)) return undefined;
  const faults = [remembered.bundle, ...Object.values(remembered.assets)].flatMap((path) => {
    const detail = keptFault(path);
    return detail === undefined ? [] : [{ path, detail }];
  });
  for (const { path, detail } of faults) onDamage(path, detail);
  return faults.length === 0 ? remembered : undefined;
}

function memoFault(path: string): string | undefined {
  const content = readBytes(path)?.toString('utf8');
  if (content === undefined) return 'cannot be read';
  return sha256(content.slice(65)) === content.slice(0, 64) ? undefined : 'is not what was written';
}

/** A bundle is read whenever it is to be used: one wrong bit in it would be wrong results under a right key. */
function keptFault(path: string): string | undefined {
  const bytes = readBytes(path);
  if (bytes === undefined) return 'is missing or cannot be read';
  return `${sha256(bytes)}${extname(path)}` === basename(path) ? undefined : 'its bytes do not have its hash';
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

async function build<Facts>(
  entry: string,
  folder: string,
  describe: (module: unknown) => Description<Facts>,
): Promise<Remembered<Facts>> {
  const { bundleModule } = await import('./bundle-module.ts');
  const { text, canonical, sources } = await bundleModule(entry);
  const bundle = keep(folder, '.mjs', text);
  const description = describe(await importModule(entry, bundle));
  const digest = createHash('sha256').update(canonical);
  const files = new Map(sources);
  const assets = description.assets.map((name): readonly [string, string] => {
    const path = resolve(dirname(entry), name);
    files.set(path, fileState(path));
    const bytes = readAsset(entry, path);
    digest.update(`\n${name} `).update(bytes);
    return [name, keep(folder, '.asset', bytes)];
  });
  return {
    bundle,
    digest: digest.digest('hex'),
    assets: Object.fromEntries(assets),
    facts: description.facts,
    files: [...files],
  };
}

/** Under its checksum, where nothing changes it any more. */
function keep(folder: string, extension: string, content: string | Uint8Array): string {
  const path = join(folder, `${sha256(content)}${extension}`);
  write(path, content);
  return path;
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

/** To be raised when bundling changes: what an earlier bundler has made is not used then. */
function toolState(): string {
  return 'code cache 5';
}

function write(path: string, content: string | Uint8Array): void {
  guarded(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    writeAside(path, content);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
