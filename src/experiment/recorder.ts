import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError } from '../errors.ts';
import { graphFacts } from '../plan/facts.ts';
import type { Graph } from '../plan/graph-types.ts';
import type { RunEvent } from '../run/events.ts';
import type { Pipeline } from '../spec/types.ts';
import { enginesOf } from './environment.ts';
import { createEventLines } from './event-lines.ts';
import { graphPredictions, testedUnits } from './predictions.ts';
import { metricsOf } from './metrics.ts';
import { readRun, runNames } from './read-record.ts';
import { headlineOf } from './report.ts';
import { type RecordedResult, type RunRecord, type SweepOfRun, recordFiles } from './run-record.ts';
import { digestFiles } from './seal.ts';
import { type OpenRecord, beginRecord, closeRecord, guarded, writeLines, writeWhole } from './write-record.ts';

/** Writes the record of one run from its events. */
export interface Recorder {
  /** Throws nothing: see `broken`. */
  event(event: RunEvent): void;
  /** Aborted when the record cannot be written, with a PipeError (`record-not-writable`) as its reason. */
  readonly broken: AbortSignal;
  /**
   * Writes what made every settled task, closes the record and says where it is. `error` is what ended the run,
   * where no task did.
   */
  close(end: { readonly graph: Graph | undefined; readonly error?: unknown }): Promise<ClosedRecord>;
}

export interface ClosedRecord {
  readonly folder: string;
  /** The run did nothing and was the same as the newest one on record, whose folder this is. */
  readonly isEarlier: boolean;
}

export interface RecorderOptions {
  /** The trial of a sweep that the run is. */
  readonly sweep?: SweepOfRun;
  /** The run, of the same pipeline, that may have recorded the same already; the newest one if not given. */
  readonly earlier?: string;
}

/**
 * A record in `experiments/PIPELINE/RUN/`, begun when the run has something to do. A run with nothing to do is recorded
 * only where the newest record says something else. Throws a PipeError (`record-not-writable`).
 */
export function openRecorder(
  root: string,
  pipeline: Pipeline,
  run: string,
  { sweep, earlier }: RecorderOptions = {},
): Recorder {
  const folder = join(root, pipeline.name, run);
  const held: string[] = [];
  const lines = createEventLines();
  const results: RecordedResult[] = [];
  let ended: Partial<RunRecord> = {};
  let open: OpenRecord | undefined;
  const broken = new AbortController();
  const begin = () => (open ??= guarded(folder, () => beginRecord(folder, pipeline, run, held, sweep)));
  return {
    broken: broken.signal,
    event(event) {
      if (event.type === 'result') results.push(resultOf(event));
      if (event.type === 'run-ended') {
        ended = { ...endOf(event), headline: headlineOf(results), metrics: metricsOf(results) };
      }
      const found = lines.of(event);
      if (found.length === 0 || broken.signal.aborted) return;
      try {
        if (open === undefined && isQuiet(event)) held.push(...found);
        else guarded(folder, () => found.forEach((line) => begin().events.line(line)));
      } catch (error) {
        broken.abort(error);
      }
    },
    async close({ graph, error }) {
      const tasks = graph && tasksDigest(graph);
      if (open === undefined && error === undefined) {
        const same = sameRun(root, pipeline, tasks, earlier);
        if (same !== undefined) return { folder: same, isEarlier: true };
      }
      if (broken.signal.aborted) throw broken.signal.reason;
      const { record, events, git } = begin();
      const gitFacts = await git;
      guarded(folder, () => {
        for (const line of lines.rest()) events.line(line);
        events.close();
        if (graph !== undefined) writeLines(join(folder, recordFiles.tasks), graphFacts(graph));
        const predictions = graph === undefined ? [] : Array.from(graphPredictions(graph));
        if (predictions.length > 0) writeLines(join(folder, recordFiles.predictions), predictions);
        if (results.length > 0) writeWhole(join(folder, recordFiles.results), JSON.stringify(results, undefined, 1));
        const known = {
          files: digestFiles(folder),
          ...(tasks !== undefined && { tasks }),
          ...(graph && { engines: enginesOf(graph), ...rolesOf(graph) }),
          ...(predictions.length > 0 && { tested: testedUnits(predictions) }),
        };
        closeRecord(record, { ...known, ...ended, ...errorOf(error) }, gitFacts);
      });
      return { folder, isEarlier: false };
    },
  };
}

/** Events of a run in which nothing happens. */
const isQuiet = ({ type }: RunEvent): boolean =>
  ['run-started', 'stage-planned', 'task-cached', 'waiting-for-run', 'result', 'run-ended'].includes(type);

/** SHA-256 over the keys of all tasks: two runs with the same one have the same results. */
function tasksDigest(graph: Graph): string {
  const digest = createHash('sha256');
  for (const { tasks } of graph.stages) for (const { key } of tasks) digest.update(key ?? '?');
  return digest.digest('hex');
}

/** The folder of an earlier record, where it is of the same pipeline with the same tasks. */
function sameRun(
  root: string,
  pipeline: Pipeline,
  tasks: string | undefined,
  earlier = runNames(root, pipeline.name)[0]?.run,
): string | undefined {
  if (earlier === undefined || tasks === undefined) return undefined;
  const folder = join(root, pipeline.name, earlier);
  const record = readRun(folder);
  if ('detail' in record || record.status !== 'done' || record.tasks !== tasks) return undefined;
  const settings = ({ overrides, data }: Pick<Pipeline, 'overrides' | 'data'>) => JSON.stringify([overrides, data]);
  if (record.spec !== pipeline.file || settings(record) !== settings(pipeline)) return undefined;
  return readText(join(folder, recordFiles.pipeline)) === pipeline.text ? folder : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
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

/** The words of the source whose items are tested; of several, the first. */
function rolesOf({ stages }: Graph): Pick<RunRecord, 'roles'> {
  const roles = stages.map(({ node }) => node.type.roles).find((found) => found !== undefined);
  return roles === undefined ? {} : { roles };
}
