import { listRuns } from '../../experiment/index.ts';
import { formatSeconds } from '../duration.ts';
import { usageError } from '../open-pipeline.ts';
import type { LsOptions } from '../options.ts';
import { renderTable } from '../table.ts';
import { createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe ls`: recorded runs, newest first. A damaged record is named; the others are listed. */
export async function ls(pipeline: string | undefined, options: LsOptions): Promise<number> {
  const { json, print, printJson, warn, colours } = createTerminal(options);
  const { experiments } = findWorkspace(options.workspace);
  const limit = options.all ? Infinity : limitOf(options.limit);
  const { runs, damaged } = listRuns(experiments, { limit, ...(pipeline !== undefined && { pipeline }) });
  for (const { path, detail } of damaged) {
    if (json) printJson({ type: 'damaged', path, detail });
    else warn(colours.yellow(`warning[damaged-record]: ${path}: ${detail}`));
  }
  if (json) {
    for (const run of runs) printJson(run);
    return 0;
  }
  const rows = runs.map(({ run, pipeline: name, status, startedAt, seconds, counts, headline }) => [
    run,
    name,
    status,
    startedAt.slice(0, 16).replace('T', ' '),
    seconds === undefined ? '' : formatSeconds(seconds),
    counts?.done ?? null,
    counts?.cached ?? null,
    headline?.[0] ?? '',
  ]);
  if (rows.length === 0) print(`No runs${pipeline === undefined ? '' : ` of '${pipeline}'`} in ${experiments}.`);
  else
    print(
      renderTable(
        ['run', 'pipeline', 'status', 'started (UTC)', 'took', 'done', 'cached', 'headline'],
        rows,
        colours.dim,
      ),
    );
  return Promise.resolve(0);
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw usageError('bad-limit-option', `--limit ${text} is not a whole number from 1.`, 'Use --all for all runs.');
}
