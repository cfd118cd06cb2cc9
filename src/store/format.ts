import { readFileSync, readdirSync } from 'node:fs';
import { PipeError, exitCodes } from '../errors.ts';
import { fieldsOf, openText, sealText } from './checked-text.ts';
import { codeOf, guarded } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { writeInto } from './move-into.ts';
import { makeFolder, setAside } from './set-aside.ts';

/** The layout of docs/store.md. A change that older versions would misread raises it. */
export const formatVersion = 1;

/**
 * Whether a folder is a store of our format, is none yet, or says so in a way that cannot be read.
 * Throws a PipeError for a store of a newer version, and for a folder that holds something else.
 */
export function checkFormat(layout: Layout): 'ours' | 'new' | 'damaged' {
  const text = readFormat(layout);
  if (text === undefined) return withoutFormat(layout);
  const { version } = fieldsOf(openText(text));
  if (typeof version !== 'number') return 'damaged';
  if (version > formatVersion) throw tooNew(layout, version);
  return 'ours';
}

function withoutFormat(layout: Layout): 'ours' | 'new' | 'damaged' {
  const entries = entriesOf(layout.root);
  const isUsed = entries.includes('actions') && entriesOf(layout.objects).length > 0;
  // Another run may have made the store meanwhile; it writes the format before its first object.
  if (readFormat(layout) !== undefined) return checkFormat(layout);
  // A run that was killed while it made the store leaves empty folders.
  if (isUsed) return 'damaged';
  const foreign = entries.find((name) => !mayLieInAStore(layout, name));
  if (foreign !== undefined) throw notAStore(layout, foreign);
  return 'new';
}

/** Makes the folders of a store, and says last that it is one. */
export function prepareFolders(layout: Layout): void {
  guarded(layout.root, () => {
    for (const folder of foldersOf(layout)) makeFolder(layout, folder);
  });
}

export function writeFormat(layout: Layout, run: string): void {
  writeInto(
    layout,
    `${layout.scratch}/.format-${run}`,
    layout.format,
    sealText({ store: 'pipe', version: formatVersion }),
  );
}

function foldersOf(layout: Layout): readonly string[] {
  const { objects, actions, leases, runs, scratch, checkpoints, index } = layout;
  return [objects, actions, leases, runs, scratch, checkpoints, index];
}

function readFormat(layout: Layout): string | undefined {
  return guarded(layout.format, () => {
    try {
      return readFileSync(layout.format, 'utf8');
    } catch (error) {
      const code = codeOf(error);
      if (code === 'EISDIR') setAside(layout, layout.format);
      if (code === 'ENOENT' || code === 'EISDIR') return undefined;
      throw error;
    }
  });
}

function entriesOf(folder: string): readonly string[] {
  return guarded(folder, () => {
    try {
      return readdirSync(folder);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

function mayLieInAStore(layout: Layout, name: string): boolean {
  // What a repository keeps in an empty folder; `code` is where bundles of stages lie.
  if (name.startsWith('.') || /^(readme(\..*)?|code|damaged|lost\+found)$/i.test(name)) return true;
  return foldersOf(layout).includes(`${layout.root}/${name}`);
}

function tooNew(layout: Layout, version: number): PipeError {
  return new PipeError(
    'store-newer',
    `The store ${layout.root} has format ${version}; this version of pipe knows ${formatVersion}.`,
    {
      exitCode: exitCodes.environment,
      advice: 'Update pipe, or choose another store folder.',
    },
  );
}

function notAStore(layout: Layout, foreign: string): PipeError {
  return new PipeError('not-a-store', `${layout.root} is not a store: it holds '${foreign}', and no file 'format'.`, {
    exitCode: exitCodes.usage,
    advice: 'Choose an empty folder, or one that does not exist yet.',
  });
}
