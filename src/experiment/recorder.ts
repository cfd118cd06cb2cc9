import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { Low } from 'lowdb';
import { JSONFile } from 'lowdb/node';
import { PipeError, exitCodes } from '../errors.ts';
import { graphFacts } from '../plan/facts.ts';
import type { Graph } from '../plan/graph.ts';
import type { RunEvent } from '../run/events.ts';
import type { Pipeline } from '../spec/types.ts';
import { machine, startOf } from '../store/process-start.ts';
import { openAppendLog } from './append-log.ts';
import { describeEnvironment, gitState } from './environment.ts';
import { headlineOf } from './report.ts';
import { type RecordedResult, type RunRecord, recordFiles, recordFormat } from './run-record.ts';

/** Writes the record of one run from its events. */
export interface Recorder {
  readonly folder: string;
  event(event: RunEvent): void;
  /** Writes what made every settled task, and closes the record. `error` is what ended the run, where no task did. */
  close(end: { readonly graph: Graph | undefined; readonly error?: unknown }): Promise<void>;
}

/** Begins a record in `experiments/PIPELINE/RUN/`. Throws a PipeError (`record-not-writable`). */
export async function openRecorder(root: string, pipeline: Pipeline, run: string): Promise<Recorder> {
  const folder = join(root, pipeline.name, run);
  try {
    return await beginRecord(folder, pipeline, run);
  } catch (cause) {
    throw new PipeError('record-not-writable', `The run cannot be recorded in ${folder}: ${String(cause)}`, {
      exitCode: exitCodes.environment,
      advice: 'Make the folder writable, or choose another workspace with --workspace DIR.',
      cause,
    });
  }
}

async function beginRecord(folder: string, pipeline: Pipeline, run: string): Promise<Recorder> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, recordFiles.pipeline), pipeline.text);
  const record = new Low(new JSONFile<RunRecord>(join(folder, recordFiles.run)), firstRecord(pipeline, run));
  await record.write();
  const git = gitState(dirname(pipeline.file));
  const events = openAppendLog(join(folder, recordFiles.events));
  const results: RecordedResult[] = [];
  let ended: Partial<RunRecord> = {};
  return {
    folder,
    event(event) {
      if (event.type === 'result') results.push(resultOf(event));
      if (event.type === 'run-ended') ended = { ...endOf(event), headline: headlineOf(results) };
      const line = eventLine(event);
      if (line !== undefined) events.line(JSON.stringify(line));
    },
    async close({ graph, error }) {
      events.close();
      if (graph !== undefined) writeFacts(join(folder, recordFiles.tasks), graph);
      if (results.length > 0) writeWhole(join(folder, recordFiles.results), JSON.stringify(results, undefined, 1));
      await closeRecord(record, { ...ended, ...errorOf(error) }, await git);
    },
  };
}

function firstRecord(pipeline: Pipeline, run: string): RunRecord {
  return {
    format: recordFormat,
    run,
    pipeline: pipeline.name,
    spec: pipeline.file,
    overrides: pipeline.overrides,
    data: pipeline.data,
    status: 'running',
    startedAt: new Date().toISOString(),
    process: { machine, pid: process.pid, start: startOf(process.pid) ?? '' },
    environment: describeEnvironment(),
  };
}

async function closeRecord(
  record: Low<RunRecord>,
  end: Partial<RunRecord>,
  git: RunRecord['environment']['git'],
): Promise<void> {
  const { environment } = record.data;
  record.data = {
    ...record.data,
    status: 'failed',
    endedAt: new Date().toISOString(),
    ...end,
    environment: { ...environment, ...(git && { git }) },
  };
  await record.write();
}

/** What the log keeps of an event: what tasks.jsonl or results.json holds already is left out. */
function eventLine(event: RunEvent): Record<string, unknown> | undefined {
  switch (event.type) {
    case 'task-cached':
    case 'task-progress':
      return undefined;
    case 'task-done': {
      const { outputs: _outputs, ...rest } = event;
      return rest;
    }
    case 'result': {
      const { value: _value, ...rest } = event;
      return rest;
    }
    case 'run-started':
    case 'stage-planned':
    case 'task-started':
    case 'task-log':
    case 'task-failed':
    case 'task-skipped':
    case 'waiting-for-run':
    case 'damage-found':
    case 'run-ended':
      return event;
  }
}

const resultOf = ({ stage, point, name, value }: Extract<RunEvent, { type: 'result' }>): RecordedResult => ({
  stage,
  point,
  name,
  value,
});

function endOf({ status, counts, seconds, at }: Extract<RunEvent, { type: 'run-ended' }>): Partial<RunRecord> {
  return { status, counts, seconds, endedAt: at };
}

function errorOf(error: unknown): Partial<RunRecord> {
  if (error === undefined) return {};
  const code = error instanceof PipeError ? error.code : 'bug';
  return { status: 'failed', error: { code, message: error instanceof Error ? error.message : 'not an error' } };
}

/** Only whole: a run that was killed has none, and its keys are found in its events. */
function writeFacts(path: string, graph: Graph): void {
  const log = openAppendLog(`${path}.tmp`);
  for (const fact of graphFacts(graph)) log.line(JSON.stringify(fact));
  log.close();
  renameSync(`${path}.tmp`, path);
}

function writeWhole(path: string, text: string): void {
  const aside = `${path}.tmp`;
  writeFileSync(aside, text);
  renameSync(aside, path);
}
