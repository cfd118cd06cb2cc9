import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fact, type Facts, indexFacts } from '../plan/facts.ts';
import { titleOf } from '../plan/task-title.ts';
import type { RunEvent } from '../run/events.ts';
import type { ActionKey } from '../store/types.ts';
import { type DamagedRecord, readRun, runNames } from './read-record.ts';
import { type RecordedResult, recordFiles } from './run-record.ts';
import { changedFiles } from './seal.ts';

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

/** What made the tasks of the newest run of a pipeline that tells it. Trials of sweeps are none to compare with. */
export function latestFacts(root: string, pipeline: string): Facts | undefined {
  for (const { run } of runNames(root, pipeline)) {
    const folder = join(root, pipeline, run);
    if (isTrial(folder)) continue;
    const facts = indexFacts(readFacts(folder));
    if (facts.stages.size > 0) return facts;
  }
  return undefined;
}

function isTrial(folder: string): boolean {
  const record = readRun(folder);
  return !('detail' in record) && record.sweep !== undefined && record.sweep.final !== true;
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
export function* readLines<T>(path: string, parse: (line: unknown) => T): Generator<T> {
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
