import { dirname, join } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { commandAgain } from '../experiment/command-again.ts';
import { type FoundRun, requireUnchanged } from '../experiment/find-runs.ts';
import { readFacts, readFailures } from '../experiment/read-runs.ts';
import { type RunRecord, recordFiles } from '../experiment/run-record.ts';
import { type Facts, indexFacts } from '../plan/facts.ts';
import type { Workspace } from '../run/workspace.ts';
import { loadPipeline, specError } from '../spec/index.ts';
import type { Pipeline } from '../spec/types.ts';

/** A run with what it recorded of itself: the pipeline as it was then, and what made its results. */
export interface RecordedRun {
  /** `demo/20261122-132447-5a46` */
  readonly name: string;
  readonly folder: string;
  readonly record: RunRecord;
  readonly pipeline: Pipeline;
  readonly facts: Facts;
}

/**
 * Reads a run back. Its data need not be there any more.
 *
 * Throws a PipeError: `damaged-record`; `no-model` for a run that has not come to an end; what `loadPipeline` finds where the
 * recorded pipeline does not fit the stage types that are here now.
 */
export async function readRecordedRun(found: FoundRun, { types, store }: Workspace): Promise<RecordedRun> {
  const { folder, record } = found;
  requireUnchanged(found);
  const name = `${record.pipeline}/${record.run}`;
  const facts = indexFacts(readFacts(folder));
  if (facts.tasks.size === 0) throw unfinished(name, folder, record);
  const file = join(folder, recordFiles.pipeline);
  const loaded = await loadPipeline(
    file,
    {
      overrides: record.overrides,
      // New data take the place of these: any folder will do.
      data: Object.fromEntries(Object.keys(record.data).map((data) => [data, folder])),
      environment: {},
      workingFolder: folder,
      folder: dirname(record.spec),
      memory: store,
    },
    types,
  );
  if ('diagnostics' in loaded) throw specError(file, loaded.diagnostics);
  return { name, folder, record, pipeline: loaded.pipeline, facts };
}

/** For a run in which the results that are asked for were not made. */
export function unfinished(name: string, folder: string, record: RunRecord): PipeError {
  const { status, error } = record;
  const [failure] = readFailures(folder);
  const reason =
    failure === undefined
      ? error === undefined
        ? ''
        : `: [${error.code}] ${error.message}`
      : `: ${failure.title}: [${failure.code}] ${failure.message}`;
  const state = { running: 'is still on', interrupted: 'was interrupted', failed: 'failed', done: 'is done' }[status];
  return new PipeError('no-model', `The run ${name} ${state} and has no model${reason}`, {
    exitCode: exitCodes.usage,
    advice:
      status === 'running'
        ? 'Wait for its end, or name another run; `pipe ls` lists them.'
        : `\`${commandAgain({ folder, record })}\` goes on from where it ended; or name another run, \`pipe ls\` lists them.`,
  });
}
