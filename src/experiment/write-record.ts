import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { LowSync } from 'lowdb';
import { JSONFileSync } from 'lowdb/node';
import { PipeError, exitCodes } from '../errors.ts';
import type { Pipeline } from '../spec/types.ts';
import { machine, startOf } from '../store/process-start.ts';
import { systemText } from '../system-text.ts';
import { type AppendLog, openAppendLog } from './append-log.ts';
import { describeEnvironment, gitState } from './environment.ts';
import { type RunRecord, type SweepOfRun, recordFiles, recordFormat } from './run-record.ts';
import { removeLeftovers } from './leftovers.ts';
import { seal } from './seal.ts';

/** A record that is being written. */
export interface OpenRecord {
  readonly record: LowSync<RunRecord>;
  readonly events: AppendLog;
  readonly git: Promise<RunRecord['environment']['git']>;
}

/** Begins a record, or leaves nothing: what was begun on a full disk would be taken for a damaged record. */
export function beginRecord(...[folder, ...rest]: Parameters<typeof begin>): OpenRecord {
  try {
    return begin(folder, ...rest);
  } catch (error) {
    for (const path of [folder, asideOf(folder)]) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

/** Made aside, so that a run that is killed right here does not leave a folder without its record. */
const asideOf = (folder: string): string => join(dirname(folder), `.${basename(folder)}`);

function begin(
  folder: string,
  pipeline: Pipeline,
  run: string,
  held: readonly string[],
  sweep: SweepOfRun | undefined,
): OpenRecord {
  const aside = asideOf(folder);
  removeLeftovers(dirname(folder), (name) => /^\.\d{8}-\d{6}-[\da-f]{8}$/.test(name));
  mkdirSync(aside, { recursive: true });
  writeFileSync(join(aside, recordFiles.pipeline), pipeline.text);
  const first = seal({ ...firstRecord(pipeline, run), ...(sweep && { sweep }) });
  new LowSync(new JSONFileSync<RunRecord>(join(aside, recordFiles.run)), first).write();
  renameSync(aside, folder);
  const record = new LowSync(new JSONFileSync<RunRecord>(join(folder, recordFiles.run)), first);
  const events = openAppendLog(join(folder, recordFiles.events));
  for (const line of held) events.line(line);
  return { record, events, git: gitState(dirname(pipeline.file)) };
}

function firstRecord(pipeline: Pipeline, run: string): RunRecord {
  return {
    format: recordFormat,
    run,
    pipeline: pipeline.name,
    spec: pipeline.file,
    overrides: pipeline.overrides,
    params: pipeline.params,
    data: pipeline.data,
    status: 'running',
    startedAt: new Date().toISOString(),
    process: { machine, pid: process.pid, start: startOf(process.pid) ?? '' },
    environment: describeEnvironment(),
  };
}

/** Seals the record with what is known at its end. */
export function closeRecord(
  record: LowSync<RunRecord>,
  end: Partial<RunRecord>,
  git: RunRecord['environment']['git'],
): void {
  const { environment } = record.data;
  record.data = seal({
    ...record.data,
    status: 'failed',
    endedAt: new Date().toISOString(),
    ...end,
    environment: { ...environment, ...(git && { git }) },
  });
  record.write();
}

/** Only whole: a run that was killed has none, and its keys are found in its events. */
export function writeLines(path: string, values: Iterable<unknown>): void {
  const log = openAppendLog(`${path}.tmp`);
  for (const value of values) log.line(JSON.stringify(value));
  log.close();
  renameSync(`${path}.tmp`, path);
}

export function writeWhole(path: string, text: string): void {
  const aside = `${path}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, path);
}

/** Throws a PipeError (`record-not-writable`) for what the work cannot write. */
export function guarded<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof PipeError) throw cause;
    throw new PipeError('record-not-writable', `The run cannot be recorded in ${folder}: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Make the folder writable, or choose another workspace with --workspace DIR.',
      cause,
    });
  }
}
