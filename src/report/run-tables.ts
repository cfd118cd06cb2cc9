import { type ReportTable, reportOf } from '../experiment/index.ts';
import type { RecordedResult } from '../experiment/index.ts';
import type { Estimate, Results } from './clusters.ts';
import type { Confusion } from './confusion.ts';
import { type Cell, type Table, nameFor } from './tables/table.ts';

/** The recalls with their intervals. */
export function resultsTable({ uar, war, recalls, classes, units }: Results, replicates: number, word: string): Table {
  const row = (name: string, estimate: Estimate | undefined): Cell[] => [
    name,
    percent(estimate?.mean),
    percent(estimate?.deviation),
    intervalText(estimate),
  ];
  const over = replicates === 1 ? 'One replicate' : `Mean and SD over ${replicates} replicates`;
  return {
    name: 'results',
    title: `Recall, %, of ${units} units`,
    columns: ['', 'mean', 'SD', '95 % interval'],
    rows: [row('UAR', uar), row('WAR', war), ...classes.map((name, index) => row(name, recalls[index]))],
    note: `${over}; ${intervalNote(uar, word)}.`,
  };
}

function intervalNote({ interval, clusters }: Estimate, word: string): string {
  if (clusters < 2) return `no interval, since there is one ${word} alone`;
  if (interval === undefined) return `no interval, since all ${clusters} clusters (${word}) are alike`;
  return `interval over ${clusters} clusters (${word}) by the jackknife and Student's t, which does not count the seeds as data`;
}

/** Each row's share in %, and how many that were over all replicates. */
export function confusionTable({ classes, counts, percent: shares }: Confusion, replicates: number): Table {
  const cell = (row: number, column: number): string => {
    const share = shares[row]?.[column];
    return share === null || share === undefined ? '–' : `${share.toFixed(1)} (${counts[row]?.[column] ?? 0})`;
  };
  return {
    name: 'confusion',
    title: 'Confusion, % of each row (count)',
    columns: ['actual', ...classes, 'count'],
    rows: classes.map((name, row) => [
      name,
      ...classes.map((_, column) => cell(row, column)),
      (counts[row] ?? []).reduce((sum, count) => sum + count, 0),
    ]),
    note: `Rows actual, columns predicted${replicates === 1 ? '' : `, counts summed over ${replicates} replicates`}.`,
  };
}

export function clustersTable({ clusters, classes }: Results, word: string): Table {
  return {
    name: 'clusters',
    title: `Recall by ${word}, %`,
    columns: [word, 'units', 'UAR', 'lowest', 'highest', ...classes],
    rows: clusters.map(({ cluster, units, mean, lowest, highest, recalls }) => [
      cluster,
      units,
      percent(mean),
      percent(lowest),
      percent(highest),
      ...recalls.map((value) => percent(value)),
    ]),
    note: `UAR is the mean over the replicates, over the classes that the ${word} has; lowest and highest are of one replicate.`,
  };
}

/** The tables that the run's last stages gave, such as published figures beside its own. */
export function ownTables(results: readonly RecordedResult[], taken: readonly string[]): readonly Table[] {
  const names = new Set(taken);
  return results
    .flatMap(({ value }) => reportOf(value)?.tables ?? [])
    .map((table: ReportTable, index) => {
      const name = nameFor(table.title || `table ${index + 1}`, names);
      names.add(name);
      return { ...table, name };
    });
}

/** A share as a percentage with one decimal. */
export const percent = (share: number | undefined): string | null =>
  share === undefined || Number.isNaN(share) ? null : (100 * share).toFixed(1);

/** What is beyond 0 and 100 % cannot be. */
export function intervalText(estimate: Estimate | undefined): string | null {
  const interval = estimate?.interval;
  if (interval === undefined) return null;
  return `${(100 * Math.max(0, interval.low)).toFixed(1)} to ${(100 * Math.min(1, interval.high)).toFixed(1)}`;
}
