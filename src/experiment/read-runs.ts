import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Fact, type Facts, indexFacts } from '../plan/facts.ts';
import { titleOf } from '../plan/task-title.ts';
import type { RunEvent } from '../run/events.ts';
import { isRunning, machine } from '../store/process-start.ts';
import type { ActionKey } from '../store/types.ts';
import { type ProcessOfRun, type RecordedResult, type RunRecord, recordFiles, recordFormat } from './run-record.ts';
import { changedFiles, isSealed } from './seal.ts';

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

/** Everything that is damaged in the records of an `experiments` folder: reads all their files. */
export function checkRecords(root: string): readonly DamagedRecord[] {
  return runNames(root).flatMap(({ pipeline, run }) => {
    const folder = join(root, pipeline, run);
    const record = readRun(folder);
    return 'detail' in record ? [record] : changedFiles(folder, record);
  });
}

/** The results of a run; none where it reported none. */
export function readResults(folder: string): readonly RecordedResult[] {
  try {
    const results: unknown = JSON.parse(readFileSync(join(folder, recordFiles.results), 'utf8'));
    return Array.isArray(results) ? (results as readonly RecordedResult[]) : [];
  } catch {
    return [];
  }
}

/** The tasks of a run that failed for good, in the order they did. */
export function readFailures(
  folder: string,
): { readonly title: string; readonly code: string; readonly message: string }[] {
  const events = readLines(join(folder, recordFiles.events), (line) => line as RunEvent);
  return Array.from(events).flatMap((event) => {
    if (event.type !== 'task-failed' || event.willRetry) return [];
    return [{ title: titleOf(event.task), code: event.failure.code, message: event.failure.message }];
  });
}

/** What made the tasks of a run; nothing for a run that was killed, or is running. */
export function readFacts(folder: string): Iterable<Fact> {
  return readLines(join(folder, recordFiles.tasks), (line) => line as Fact);
}

/** What made the tasks of the newest run of a pipeline that tells it. */
export function latestFacts(root: string, pipeline: string): Facts | undefined {
  for (const { run } of runNames(root, pipeline)) {
    const facts = indexFacts(readFacts(join(root, pipeline, run)));
    if (facts.stages.size > 0) return facts;
  }
  return undefined;
}

/** The keys of all tasks of all recorded runs: what `gc` keeps. */
export function recordedKeys(root: string): Set<ActionKey> {
  const keys = new Set<ActionKey>();
  for (const { pipeline, run } of runNames(root)) {
    const folder = join(root, pipeline, run);
    for (const fact of readFacts(folder)) if (fact.type === 'task') keys.add(fact.key as ActionKey);
    for (const event of readLines(join(folder, recordFiles.events), (line) => line as RunEvent)) {
      if (event.type === 'task-done') keys.add(event.key);
    }
  }
  return keys;
}

/** A file of JSON lines. What is no JSON is left out: a run that is killed leaves half a line at the end. */
function* readLines<T>(path: string, parse: (line: unknown) => T): Generator<T> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  for (let start = 0, end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    try {
      yield parse(JSON.parse(text.slice(start, end)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

function folders(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
