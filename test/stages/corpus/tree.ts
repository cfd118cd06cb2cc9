import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeAll, onTestFinished } from 'vitest';
import { DataError, type SourceItem } from '../../../src/stage/index.ts';

/** A folder of the files named, empty but for the contents given, that is removed after the test. */
export async function tree(files: readonly string[], contents: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await plant(files, contents);
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return root;
}

/** The same folder for all tests of a file, that they must leave as it is. */
export function sharedTree(files: readonly string[]): () => string {
  let root = '';
  beforeAll(async () => {
    root = await plant(files);
    return () => rm(root, { recursive: true, force: true });
  });
  return () => root;
}

async function plant(files: readonly string[], contents: Readonly<Record<string, string>> = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'pipe-corpus-'));
  for (const folder of new Set(files.map(dirname))) await mkdir(join(root, folder), { recursive: true });
  await Promise.all(files.map((file) => writeFile(join(root, file), contents[file] ?? '')));
  return root;
}

export const sourceContext = { log: () => undefined };

export async function failureOf(listing: Promise<readonly SourceItem[]>): Promise<DataError> {
  const error = await listing.then(
    () => new Error('the corpus was accepted'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DataError)) throw error;
  return error;
}

/** How many items there are by the value of a column. */
export function countBy(items: readonly SourceItem[], column: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { columns } of items) {
    const value = String(columns[column]);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}
