import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, machine } from '../store/process-start.ts';
import { systemText } from '../system-text.ts';
import { type ProcessOfRun, type RunRecord, recordFiles, recordFormat } from './run-record.ts';
import { isSealed } from './seal.ts';

/** A record that cannot be read. It is named and passed over; the others still count. */
export interface DamagedRecord {
  readonly path: string;
  readonly detail: string;
}

export interface RunList {
  /** Newest first. */
  readonly runs: readonly RunRecord[];
  readonly damaged: readonly DamagedRecord[];
}

/** The newest `limit` runs in an `experiments` folder, of one pipeline or of all. */
export function listRuns(root: string, options: { readonly pipeline?: string; readonly limit?: number } = {}): RunList {
  const runs: RunRecord[] = [];
  const damaged: DamagedRecord[] = [];
  // Of 10,000 names few are opened: whether each is that of a folder, is asked where it matters.
  for (const { pipeline, run } of sortedNames(root, options.pipeline, visibleNames)) {
    if (runs.length === (options.limit ?? Infinity)) break;
    const folder = join(root, pipeline, run);
    const found = readRun(folder);
    if (!('detail' in found)) runs.push(found);
    else if (isFolder(folder)) damaged.push(found);
  }
  return { runs, damaged };
}

/** Where a record lies below `experiments`. */
export interface RunName {
  readonly pipeline: string;
  readonly run: string;
}

/**
 * Names of all runs, newest first: names sort by time, so nothing is opened. A folder whose name begins with a dot holds
 * something else.
 */
export function runNames(root: string, pipeline?: string): RunName[] {
  return sortedNames(root, pipeline, folders);
}

function sortedNames(root: string, pipeline: string | undefined, namesIn: (folder: string) => string[]): RunName[] {
  const pipelines = pipeline === undefined ? folders(root) : [pipeline];
  return pipelines
    .flatMap((name) => namesIn(join(root, name)).map((run) => ({ pipeline: name, run })))
    .sort(newestFirst);
}

export const newestFirst = (a: RunName, b: RunName): number => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0);

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Names in a folder, of files too, but hidden ones; none where it is no folder. */
export function visibleNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** One run's record; a run that says `running` but whose process is gone was interrupted. */
export function readRun(folder: string): RunRecord | DamagedRecord {
  const path = join(folder, recordFiles.run);
  try {
    const record = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunRecord> | null;
    if (record?.format !== recordFormat) return { path, detail: `its format is ${String(record?.format)}, not 1` };
    if (!isComplete(record)) return { path, detail: 'it lacks fields that every record has' };
    if (!isSealed(record)) return { path, detail: 'it does not have its checksum' };
    return record.status === 'running' && isDead(record.process) ? { ...record, status: 'interrupted' } : record;
  } catch (error) {
    return { path, detail: detailOf(error) };
  }
}

const detailOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'it is missing' : systemText(error);

/** A process of another machine may still run. */
const isDead = (process: ProcessOfRun): boolean =>
  process.machine === machine && !isRunning(process.pid, process.start);

const isComplete = (record: Partial<RunRecord>): record is RunRecord =>
  record.run !== undefined &&
  record.pipeline !== undefined &&
  record.status !== undefined &&
  record.startedAt !== undefined &&
  record.process !== undefined &&
  record.environment !== undefined;

function folders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
