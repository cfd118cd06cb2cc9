import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError, defineSource, Type, type SourceItem } from '../../src/stage/index.ts';

const ending = /\.(wav|flac)$/i;

/**
 * Recordings of which nothing is known but where they lie: the files that are named, whatever they are called, and all .wav and
 * .flac files in and below the folders that are, by path. The id of a recording is its absolute path; speaker and label are null.
 *
 * A file that is named twice, or in a folder that is named too, is listed once. Hidden files are passed over, links followed, but
 * into each folder once. A file that is not there is listed, and so is a folder below that cannot be read: whoever opens it tells so.
 *
 * Throws `DataError`: `no-audio-files` for a folder without any, `unreadable-folder`.
 */
export default defineSource({
  name: 'corpus/files',
  kind: 'source',
  description: 'Audio files and folders of them, about which nothing is known',
  params: Type.Object({
    paths: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: 'Files and folders.' }),
  }),
  outputs: { audio: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label' },
  async list({ paths }) {
    const found: string[] = [];
    for (const path of paths) found.push(...(await filesAt(resolve(path))));
    return [...new Set(found)].map(itemOf);
  },
});

const itemOf = (path: string): SourceItem => ({
  columns: { id: path, speaker: null, label: null, sentence: null },
  files: { audio: path },
});

async function filesAt(path: string): Promise<string[]> {
  if (!(await isFolder(path))) return [path];
  const files = await filesBelow(path, new Set());
  if (files.length > 0) return files;
  throw new DataError('no-audio-files', `there is no .wav or .flac file in ${path} or below it`, {
    advice: 'Name the folder that holds the recordings, or the files themselves.',
  });
}

async function filesBelow(folder: string, seen: Set<string>): Promise<string[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const files: string[] = [];
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    if (await isFolder(path)) files.push(...(await filesBelow(path, seen).catch(asItself(path))));
    else if (ending.test(name)) files.push(path);
  }
  return files;
}

/** A folder below that cannot be read is listed: whoever opens it tells so, and the others are answered. */
const asItself = (path: string) => (error: unknown) => {
  if (error instanceof DataError) return [path];
  throw error;
};

/** By code unit, so that the order is the same everywhere. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch (cause) {
    throw new DataError('unreadable-folder', `the folder ${folder} cannot be read (${reasonOf(cause)})`, {
      advice: 'Check its permissions, or name the files that you may read.',
      cause,
    });
  }
}

/** What is not there, or leads nowhere, is no folder. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error);
