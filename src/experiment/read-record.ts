import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, machine } from '../store/process-start.ts';
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
  for (const { pipeline, run } of runNames(root, options.pipeline)) {
    if (runs.length === (options.limit ?? Infinity)) break;
    const found = readRun(join(root, pipeline, run));
    if ('detail' in found) damaged.push(found);
    else runs.push(found);
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
  const pipelines = pipeline === undefined ? folders(root) : [pipeline];
  return pipelines
    .flatMap((name) => folders(join(root, name)).map((run) => ({ pipeline: name, run })))
    .sort((a, b) => (a.run < b.run ? 1 : -1));
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
    return { path, detail: error instanceof Error ? error.message : String(error) };
  }
}

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
