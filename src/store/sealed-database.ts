import { closeSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { RootDatabase } from 'lmdb';
import { fieldsOf, openText, sealText } from './checked-text.ts';
import { codeOf } from './fs-errors.ts';

/** The large part of the index: an lmdb file that is changed only while its seal is off. */
export interface SealedDatabase {
  get(name: string): string | undefined;
  close(): Promise<void>;
}

/**
 * Opens the database if its bytes are those of its seal. lmdb itself would not notice a flipped bit: it gives a wrong value,
 * or takes the process down. Reading all of it costs a few milliseconds for 100,000 records.
 */
export async function openSealed(folder: string, readOnly: boolean): Promise<SealedDatabase | 'none' | 'damaged'> {
  const state = checkSeal(folder);
  if (state !== 'whole') return state;
  const database = await openDatabase(folder, readOnly);
  return { get: (name) => database.get(name), close: () => database.close() };
}

/** Adds records and seals the file anew. Whoever calls holds the index's lease. */
export async function addToSealed(folder: string, records: ReadonlyMap<string, string>): Promise<void> {
  if (checkSeal(folder) !== 'whole') dropSealed(folder);
  // From here to the end a killed process leaves a file without a seal, which is thrown away.
  rmSync(sealOf(folder), { force: true });
  const database = await openDatabase(folder, false);
  try {
    database.transactionSync(() => {
      // In order, so that pages are filled.
      for (const name of [...records.keys()].sort()) database.putSync(name, records.get(name) ?? '');
    });
  } finally {
    await database.close();
  }
  const aside = `${sealOf(folder)}.new`;
  writeFileSync(aside, sealText(sumOf(dataOf(folder))));
  renameSync(aside, sealOf(folder));
}

export function dropSealed(folder: string): void {
  for (const file of [sealOf(folder), dataOf(folder), `${dataOf(folder)}-lock`]) {
    rmSync(file, { recursive: true, force: true });
  }
}

const dataOf = (folder: string): string => `${folder}/data.mdb`;
const sealOf = (folder: string): string => `${folder}/seal`;

/** `none` too after a run was killed while the seal was off. */
export function checkSeal(folder: string): 'whole' | 'none' | 'damaged' {
  try {
    const { size, sum } = fieldsOf(openText(readFileSync(sealOf(folder), 'utf8')));
    const found = sumOf(dataOf(folder));
    return size === found.size && sum === found.sum ? 'whole' : 'damaged';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'none' : 'damaged';
  }
}

function sumOf(path: string): { readonly size: number; readonly sum: number } {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(1 << 18);
    for (let size = 0, sum = 0; ;) {
      const read = readSync(file, chunk);
      if (read === 0) return { size, sum };
      sum = crc32(chunk.subarray(0, read), sum);
      size += read;
    }
  } finally {
    closeSync(file);
  }
}

async function openDatabase(folder: string, readOnly: boolean): Promise<RootDatabase<string, string>> {
  // Loaded here, because it takes 40 ms and a small index does without.
  const { open } = await import('lmdb');
  // What a power cut leaves of it has no seal that fits.
  return open<string, string>({
    path: dataOf(folder),
    encoding: 'string',
    noSync: true,
    overlappingSync: false,
    readOnly,
  });
}
