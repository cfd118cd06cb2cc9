import type { Machine } from './machine.ts';
import { formatNumber, formatSpread, summariseRow, type Row } from './row.ts';

/** What one `npm run bench` measured: the content of a file in bench/results/. */
export interface Result {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly commit: string;
  /** Whether files differ from that commit. */
  readonly changed: boolean;
  readonly mode: string;
  readonly machine: Machine;
  /** Packages of the peers' Python, with their versions. */
  readonly peers: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly rows: readonly (Row & { readonly bench: string })[];
}

/** The result for people, as Markdown. */
export function describeResult({ date, commit, changed, mode, machine, notes, rows }: Result): string {
  const { cpu, cores, memoryGigabytes, system, node, load } = machine;
  const place = `${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${system}, Node ${node}`;
  const busy = `load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`;
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, commit ${commit}${changed ? ' with changes' : ''}, ${mode} mode; ${busy}.`,
    `${place}.`,
    '',
    markdownTable(rows),
    '',
    'Medians with the range over the rounds; ratios are ours / theirs, measured by turns in the same run.',
    ...notes.map((note) => `\n${note}`),
    '',
  ].join('\n');
}

/** A row a line; columns are padded, so that the text is a table on a terminal as well. */
export function markdownTable(rows: readonly Row[]): string {
  const lines = [['what', 'ours', 'theirs', 'ratio', 'aim'], ...rows.map(cells)];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)));
  const [head = [], ...body] = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...body].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function cells(row: Row): string[] {
  const { ours, theirs, ratio, reached } = summariseRow(row);
  const verdict = reached === undefined ? '' : reached ? ' yes' : ' NO';
  return [
    row.note === undefined ? row.what : `${row.what} (${row.note})`,
    ours ? formatSpread(ours, row.unit) : 'not measured',
    row.theirs && theirs ? `${row.theirs.name}: ${formatSpread(theirs, row.unit)}` : '',
    ratio ? formatSpread(ratio) : '',
    row.aim === undefined ? '' : `<= ${formatNumber(row.aim)}${row.theirs ? '' : ` ${row.unit}`}${verdict}`,
  ].map((cell) => cell.replaceAll('|', '\\|'));
}
