import { join } from 'node:path';
import { PipeError } from '../errors.ts';
import { answersOf, unitsDigest } from './predictions.ts';
import { type RunName, readRun } from './read-record.ts';
import { type RunTable, openRunTable } from './run-table.ts';

/** How often a set of test units was evaluated, over all recorded runs. Choosing among them by their results is fitting to it. */
export interface Openings {
  /** Runs that were tested on any of these units. */
  readonly runs: number;
  /** Those of them that were tested on other units too, or not on all of these. */
  readonly partly: number;
  /** How many of the runs have different parameters, code, seeds or data: the same run again shows nothing new. */
  readonly configurations: number;
  /** The runs by pipeline. */
  readonly pipelines: Readonly<Record<string, number>>;
  /** Runs that may have been tested on them: killed ones, those that are on, and those of versions that did not record it. */
  readonly unknown: number;
  readonly damaged: number;
}

/** Counts the recorded runs that were tested on any of the units. */
export function countOpenings(experiments: string, units: ReadonlySet<string>): Openings {
  const { runs, fields, column, damaged } = openRunTable(experiments);
  const setsOf = testSets(fields, column);
  const rows = runs.map((run, row) => ({ ...run, row, sets: setsOf(row) }));
  const own = unitsDigest(units);
  const shares = setsThatShare(experiments, units, own, rows);
  const tasks = column('tasks');
  const found = rows.filter(({ sets }) => sets.some(({ digest }) => shares.get(digest) === true));
  const pipelines: Record<string, number> = {};
  for (const { pipeline } of found) pipelines[pipeline] = (pipelines[pipeline] ?? 0) + 1;
  const mayHaveTested = unrecordedTests(column);
  const unknown = rows.filter(({ row, sets }) =>
    sets.length === 0
      ? mayHaveTested(row)
      : sets.some(({ digest }) => !shares.has(digest)) && !sets.some(({ digest }) => shares.get(digest) === true),
  );
  return {
    runs: found.length,
    partly: found.filter(({ sets }) => !sets.some(({ digest }) => digest === own)).length,
    configurations: new Set(found.map(({ row, run }) => tasks(row) ?? run)).size,
    pipelines,
    unknown: unknown.length,
    damaged: damaged.length,
  };
}

type Column = RunTable['column'];

/** What one stage of a run was tested on. */
interface TestSet {
  readonly stage: string;
  readonly digest: string;
}

function testSets(fields: ReadonlySet<string>, column: Column): (row: number) => readonly TestSet[] {
  const stages = [...fields].flatMap((field) => {
    const stage = /^tested\.(.*)\.digest$/.exec(field)?.[1];
    return stage === undefined ? [] : [{ stage, valueOf: column(field) }];
  });
  return (row) =>
    stages.flatMap(({ stage, valueOf }) => {
      const digest = valueOf(row);
      return typeof digest === 'string' ? [{ stage, digest }] : [];
    });
}

/**
 * Whether the test set of each digest has any of the units. A digest names a set, so the predictions of one run tell it for all
 * with the same one: there are many runs, but few sets. A set of which no predictions can be read is left out.
 */
function setsThatShare(
  experiments: string,
  units: ReadonlySet<string>,
  own: string,
  rows: readonly (RunName & { readonly sets: readonly TestSet[] })[],
): ReadonlyMap<string, boolean> {
  const known = new Map([[own, true]]);
  for (const { pipeline, run, sets } of rows) {
    for (const { stage, digest } of sets) {
      if (known.has(digest)) continue;
      const answer = sharesUnits(join(experiments, pipeline, run), stage, units);
      if (answer !== undefined) known.set(digest, answer);
    }
  }
  return known;
}

function sharesUnits(folder: string, stage: string, units: ReadonlySet<string>): boolean | undefined {
  const record = readRun(folder);
  if ('detail' in record) return undefined;
  try {
    let seen = false;
    for (const replicate of answersOf({ folder, record })) {
      if (replicate.stage !== stage) continue;
      seen = true;
      if (replicate.predictions.some(({ unit }) => units.has(unit))) return true;
    }
    return seen ? false : undefined;
  } catch (error) {
    if (error instanceof PipeError) return undefined;
    throw error;
  }
}

/**
 * Whether a run that records no test may have made one. A closed record of today says it; older ones lack the roles of
 * their data as well. The trials of a sweep read no test data; its final run, which may name the trial that was chosen, does.
 */
function unrecordedTests(column: Column): (row: number) => boolean {
  const [status, endedAt] = [column('status'), column('endedAt')];
  const [trial, final] = [column('sweep.trial'), column('sweep.final')];
  const [tasks, role] = [column('tasks'), column('roles.cluster')];
  return (row) => {
    if (trial(row) !== undefined && final(row) !== true) return false;
    const isOpen = endedAt(row) === undefined && (status(row) === 'running' || status(row) === 'interrupted');
    return isOpen || (tasks(row) !== undefined && role(row) === undefined);
  };
}
