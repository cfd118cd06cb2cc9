import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, appendRecords, decodeRecord, encodeRecord, readLog } from './index-log.ts';
import type { Layout } from './layout.ts';
import type { Leases } from './leases.ts';
import { type SealedDatabase, addToSealed, dropSealed, openSealed } from './sealed-database.ts';
import { makeFolder } from './set-aside.ts';

/** Facts that can be found again, remembered by name on this machine alone. */
export interface Index {
  get(name: string): unknown;
  put(name: string, value: unknown): void;
  /** Writes what was put since the last time. */
  flush(): void;
  close(): Promise<void>;
}

export interface IndexOptions {
  /** Undefined for a store that cannot be written. */
  readonly leases: Leases | undefined;
  readonly onDamage: (name: string, path: string, detail: string) => void;
  /** The size of the log, in bytes, from which on it is moved to the database. */
  readonly logLimit?: number;
}

/** About 4,000 records; reading them takes less time than loading lmdb. */
const defaultLogLimit = 2 ** 20;
/** Records to keep in memory before they are written, in characters. */
const batchLength = 2 ** 16;

/**
 * Opens this machine's index: a log that is read as a whole, and the database that it is moved to when it grows. Nothing that is
 * wrong with either is an error: what cannot be read is forgotten.
 */
export async function openIndex(
  layout: Layout,
  { leases, onDamage, logLimit = defaultLogLimit }: IndexOptions,
): Promise<Index> {
  const folder = indexFolder(layout);
  if (leases) attempt(() => makeFolder(layout, folder));
  // The database first: whoever moves records to it holds the lease that opening takes, and removes them from the logs last.
  let database: SealedDatabase | undefined = await openDatabase(folder, leases, onDamage);
  const logs = ['log.moving', 'log'].map((name) => readOrDrop(`${folder}/${name}`, leases !== undefined, onDamage));
  const records = new Map(logs.flatMap((log) => [...log.records]));
  let bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
  let batch: string[] = [];
  let length = 0;

  const flush = (): void => {
    if (batch.length > 0 && leases) {
      attempt(() => appendRecords(`${folder}/log`, batch));
      bytes += length;
    }
    batch = [];
    length = 0;
  };

  return {
    get: (fullName) => {
      const name = shortName(fullName);
      const record = records.get(name) ?? database?.get(name);
      if (record === undefined) return undefined;
      const value = decodeRecord(record, name);
      if (value === undefined) onDamage(name, `${folder}/data.mdb`, 'a record of the index does not have its checksum');
      return value;
    },
    put: (fullName, value) => {
      const name = shortName(fullName);
      const record = encodeRecord(name, value);
      records.set(name, record);
      batch.push(record);
      length += record.length;
      if (length >= batchLength) flush();
    },
    flush,
    close: async () => {
      flush();
      await database?.close();
      database = undefined;
      if (bytes > logLimit && leases) await moveLog(folder, leases);
    },
  };
}

/** Local to the machine, since lmdb is not for NFS. */
function indexFolder(layout: Layout): string {
  const host = hostname();
  const id = attempt(() => readFileSync('/etc/machine-id', 'utf8')) ?? '';
  return `${layout.index}/${host.replace(/[^\w.-]/g, '_')}-${createHash('sha256').update(`${host} ${id}`).digest('hex').slice(0, 8)}`;
}

const leaseName = (folder: string): string => `index-${folder.slice(folder.lastIndexOf('/') + 1)}`;

async function openDatabase(
  folder: string,
  leases: Leases | undefined,
  onDamage: IndexOptions['onDamage'],
): Promise<SealedDatabase | undefined> {
  if (!existsSync(`${folder}/data.mdb`)) return undefined;
  if (leases && !(await takeSoon(leases, leaseName(folder)))) return undefined;
  try {
    const opened = await openSealed(folder, leases === undefined);
    if (typeof opened === 'object') return opened;
    if (opened === 'damaged') onDamage('data.mdb', `${folder}/data.mdb`, 'does not have the bytes that were sealed');
    if (leases) dropSealed(folder);
  } catch {
    // No lmdb for this platform, or no disk space for its lock: the logs and the files must do.
  } finally {
    leases?.give(leaseName(folder));
  }
  return undefined;
}

async function moveLog(folder: string, leases: Leases): Promise<void> {
  const moving = `${folder}/log.moving`;
  if (!(await takeSoon(leases, leaseName(folder)))) return;
  try {
    // One that a killed run left goes first; the other follows next time.
    if (!existsSync(moving)) renameSync(`${folder}/log`, moving);
    await addToSealed(folder, readLog(moving).records);
    rmSync(moving);
  } catch {
    // A full disk, or no lmdb here: the log stays. A database without its seal is dropped when it is next opened.
  } finally {
    leases.give(leaseName(folder));
  }
}

async function takeSoon(leases: Leases, name: string): Promise<boolean> {
  for (let turn = 0; turn < 40; turn += 1) {
    if (attempt(() => leases.take(name)) === true) return true;
    await sleep(25);
  }
  return false;
}

function readOrDrop(path: string, writable: boolean, onDamage: IndexOptions['onDamage']): Log {
  const nothing: Log = { records: new Map(), bytes: 0, damaged: 0 };
  const log = attempt(() => readLog(path));
  if (log?.damaged === 0) return log;
  onDamage(
    path.slice(path.lastIndexOf('/') + 1),
    path,
    log ? `${log.damaged} records do not have their checksum` : 'cannot be read',
  );
  if (writable) {
    attempt(() => {
      rmSync(path, { recursive: true, force: true });
      if (log) appendRecords(path, [...log.records.values()]);
    });
  }
  return log ?? nothing;
}

/** lmdb takes keys of up to 1,978 bytes. */
function shortName(name: string): string {
  return name.length < 400 ? name : `sha256:${createHash('sha256').update(name).digest('hex')}`;
}

/** The index is never worth a failure. */
function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
