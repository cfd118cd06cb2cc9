import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { type Fact, type Facts, indexFacts } from '../plan/facts.ts';
import { titleOf } from '../plan/task-title.ts';
import type { RunEvent } from '../run/events.ts';
import { codeOf } from '../store/fs-errors.ts';
import type { ActionKey } from '../store/types.ts';
import { systemText } from '../system-text.ts';
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

/**
 * The keys of all tasks of all runs that are recorded whenever this is called: what `gc` keeps. A file that has not changed is read once.
 * Throws a PipeError (`records-unreadable`) for what is there but cannot be read: its results would be taken for those of no run.
 */
export function recordedKeys(root: string): () => ReadonlySet<ActionKey> {
  const keys = new Set<ActionKey>();
  const states = new Map<string, string>();
  const readNew = (path: string, keyIn: (line: unknown) => string | undefined): void => {
    const state = ifThere(path, () => stateOf(path));
    if (state === undefined || states.get(path) === state) return;
    const text = ifThere(path, () => readFileSync(path, 'utf8')) ?? '';
    for (const key of parseLines(text, keyIn)) if (key !== undefined) keys.add(key as ActionKey);
    states.set(path, state);
  };
  return () => {
    for (const pipeline of namesIn(root)) {
      for (const run of namesIn(join(root, pipeline))) {
        const folder = join(root, pipeline, run);
        readNew(join(folder, recordFiles.tasks), (line) => keyOfFact(line as Fact));
        readNew(join(folder, recordFiles.events), (line) => keyOfEvent(line as RunEvent));
      }
    }
    return keys;
  };
}

const keyOfFact = (fact: Fact) => (fact.type === 'task' ? fact.key : undefined);
const keyOfEvent = (event: RunEvent) => (event.type === 'task-done' ? event.key : undefined);

/** Not by whether they are folders: what is none holds no record, and a link to one may. */
const namesIn = (folder: string): readonly string[] =>
  (ifThere(folder, () => readdirSync(folder)) ?? []).filter((name) => !name.startsWith('.'));

function stateOf(path: string): string {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/** Undefined where nothing is; any other failure ends the command. */
function ifThere<T>(path: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new PipeError('records-unreadable', `The records of runs cannot be read: ${path}: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Make it readable, or move it away if nothing that it recorded is to be kept; nothing is removed before.',
      cause,
    });
  }
}

/** A file of JSON lines; none where it cannot be read. */
export function* readLines<T>(path: string, parse: (line: unknown) => T): Generator<T> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return;
  }
  yield* parseLines(text, parse);
}

/** What is no JSON is left out: a run that is killed leaves half a line at the end. */
function* parseLines<T>(text: string, parse: (line: unknown) => T): Generator<T> {
  for (let start = 0, end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    try {
      yield parse(JSON.parse(text.slice(start, end)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}
