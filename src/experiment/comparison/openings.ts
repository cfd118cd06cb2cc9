import { openRunTable } from '../run-table.ts';
import type { TestedUnits } from '../run-record.ts';

/** How often a set of test units was evaluated, over all recorded runs. */
export interface Openings {
  readonly runs: number;
  /** Runs with different parameters, code, seeds or data. */
  readonly configurations: number;
}

/** Counts the runs that were tested on exactly these units. Choosing among them by their results is fitting to the test data. */
export function countOpenings(experiments: string, tested: TestedUnits | undefined): Openings | undefined {
  if (tested === undefined) return undefined;
  const { runs, fields, column } = openRunTable(experiments);
  const digests = [...fields].filter((field) => /^tested\..*\.digest$/.test(field)).map(column);
  const tasks = column('tasks');
  const same = runs.flatMap((_, row) => (digests.some((at) => at(row) === tested.digest) ? [tasks(row)] : []));
  return { runs: same.length, configurations: new Set(same).size };
}
