import { stat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../../../src/stage/index.ts';

/** A WAV or FLAC file below a corpus folder. */
export interface AudioFile {
  /** Absolute. */
  readonly path: string;
  /** Below the root, with forward slashes: `wav/03a01Fa.wav`. */
  readonly relative: string;
  /** The folder that it lies in, below the root: `wav`, or empty. */
  readonly folder: string;
  /** The name without its ending: `03a01Fa`. */
  readonly name: string;
}

const ending = /\.(wav|flac)$/i;

/**
 * Finds the WAV and FLAC files in a folder and in those folders below it that `enters` accepts, in the order of their
 * paths by code unit. Hidden files are passed over; links are followed.
 *
 * @throws DataError when the folder is missing, no folder or unreadable, or a link leads nowhere
 */
export async function listAudio(root: string, enters: (folder: string) => boolean): Promise<AudioFile[]> {
  const found: AudioFile[] = [];
  await walk(resolve(root), '', enters, found);
  return found.sort((a, b) => (a.relative < b.relative ? -1 : 1));
}

async function walk(
  root: string,
  folder: string,
  enters: (folder: string) => boolean,
  found: AudioFile[],
): Promise<void> {
  for (const { name, isFolder } of await entriesOf(join(root, folder))) {
    const relative = folder === '' ? name : `${folder}/${name}`;
    if (isFolder && enters(relative)) await walk(root, relative, enters, found);
    if (isFolder || !ending.test(name)) continue;
    found.push({ path: join(root, relative), relative, folder, name: name.replace(ending, '') });
  }
}

async function entriesOf(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadableFolder(folder, cause);
  });
  const seen = entries.filter(({ name }) => !name.startsWith('.'));
  return Promise.all(
    seen.map(async (entry) => ({
      name: entry.name,
      isFolder: entry.isSymbolicLink() ? await leadsToFolder(join(folder, entry.name)) : entry.isDirectory(),
    })),
  );
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch (cause) {
    throw new DataError('broken-link', `the link ${link} leads nowhere`, { advice: 'Mend or remove the link.', cause });
  }
}

function unreadableFolder(folder: string, cause: unknown): DataError {
  const reason = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (reason === 'ENOENT') {
    return new DataError('missing-folder', `there is no folder ${folder}`, {
      advice: 'Give the folder that holds the corpus: `--data NAME=DIR`, PIPE_DATA_NAME, or .pipe/data.yaml.',
      cause,
    });
  }
  if (reason === 'ENOTDIR') {
    return new DataError('not-a-folder', `${folder} is not a folder`, {
      advice: 'Give the folder that holds the corpus, unpacked.',
      cause,
    });
  }
  return new DataError('unreadable-folder', `the folder ${folder} cannot be read (${String(reason ?? cause)})`, {
    advice: 'Check its permissions, and that its disk is there.',
    cause,
  });
}
