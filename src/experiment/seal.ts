import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunRecord, recordFiles } from './run-record.ts';

interface Sealable {
  readonly files?: Readonly<Record<string, string>>;
  readonly sum?: string;
}

/** The record with a checksum over itself, so that no wrong bit in it is shown as a fact. */
export function seal<T extends Sealable>(record: T): T & { readonly sum: string } {
  const { sum: _, ...rest } = record;
  return { ...record, sum: sha256(JSON.stringify(rest)) };
}

/** Whether a record has the checksum that it was written with. */
export function isSealed(record: Sealable): boolean {
  // A closed record names its files; then its checksum belongs there too.
  if (record.sum === undefined) return record.files === undefined;
  return seal(record).sum === record.sum;
}

/** SHA-256 of the files beside `run.json`, by name. */
export function digestFiles(folder: string): Readonly<Record<string, string>> {
  const others = Object.values(recordFiles).filter((name) => name !== recordFiles.run);
  return Object.fromEntries(
    others.flatMap((name) => {
      const digest = digestOf(join(folder, name));
      return digest === undefined ? [] : [[name, digest]];
    }),
  );
}

/** Files of a closed record that are not as they were when it was closed. */
export function changedFiles(
  folder: string,
  { files = {} }: Pick<RunRecord, 'files'>,
): { path: string; detail: string }[] {
  return Object.entries(files).flatMap(([name, digest]) => {
    const path = join(folder, name);
    const found = digestOf(path);
    if (found === digest) return [];
    return [{ path, detail: found === undefined ? 'cannot be read' : 'its bytes are not those that were recorded' }];
  });
}

function digestOf(path: string): string | undefined {
  try {
    return sha256(readFileSync(path));
  } catch {
    return undefined;
  }
}

const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');
