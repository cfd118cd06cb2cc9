import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { commandAgain } from '../experiment/command-again.ts';
import type { FoundRun } from '../experiment/find-runs.ts';
import {
  type Openings,
  type Predictions,
  type RecordedResult,
  type RunRecord,
  countOpenings,
  openRun,
  readFacts,
  readPredictions,
  readResults,
  requireUnchanged,
  unitsOf,
} from '../experiment/index.ts';
import { recordFiles } from '../experiment/run-record.ts';
import { type Facts, indexFacts } from '../plan/facts.ts';

/** Where records and artifacts are. */
export interface Folders {
  readonly experiments: string;
  readonly artifacts: string;
}

/** What is recorded of a run that is to be reported. */
export interface Material {
  readonly folder: string;
  readonly record: RunRecord;
  /** Its YAML, as it was. */
  readonly pipelineText: string;
  readonly results: readonly RecordedResult[];
  /** Replicates of all configurations of the last stage that has predictions; none in older records, and where nothing is predicted. */
  readonly replicates: readonly Predictions[];
  readonly facts: Facts;
  /** Undefined where the record does not say what it was tested on. */
  readonly openings: Openings | undefined;
}

/**
 * Reads the record of a run. Throws a PipeError: as `openRun` does, `damaged-record`, and `run-not-done` for a run that
 * failed, was interrupted, or is running.
 */
export function readMaterial({ experiments }: Folders, wanted: string): Material {
  const found = openRun(experiments, wanted);
  const { folder, record } = found;
  if (record.status !== 'done') throw notDone(found);
  requireUnchanged(found);
  const all = readPredictions(folder);
  const stage = all.at(-1)?.stage;
  return {
    folder,
    record,
    pipelineText: readText(join(folder, recordFiles.pipeline)),
    results: readResults(folder),
    replicates: all.filter((one) => one.stage === stage),
    facts: indexFacts(readFacts(folder)),
    openings: all.length === 0 ? undefined : countOpenings(experiments, unitsOf(all)),
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function notDone(found: FoundRun): PipeError {
  const { pipeline, run, status } = found.record;
  const words = { running: 'is still running', failed: 'failed', interrupted: 'was interrupted', done: 'is done' };
  const advice =
    status === 'running'
      ? 'Wait for its end.'
      : `\`pipe show ${run}\` tells why; \`${commandAgain(found)}\` goes on from what is there, and then has a record to report.`;
  return new PipeError('run-not-done', `The run ${pipeline}/${run} ${words[status]}, so there is nothing to report.`, {
    exitCode: exitCodes.usage,
    advice,
  });
}
