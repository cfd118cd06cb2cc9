import { csvLines } from '../../report/tables/csv.ts';
import type { CompareOptions } from '../options.ts';
import { type Cell, renderTable } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** What a comparison found, for every way of printing it. */
export interface Compared {
  readonly title: string;
  readonly tables: readonly ComparedTable[];
  /** Sentences that must be read with the tables. */
  readonly notes: readonly string[];
  /** All of it for programs. */
  readonly json: unknown;
  /** One table for programs: numbers are not rounded, shares are 0 to 1. */
  readonly flat: Pick<ComparedTable, 'columns' | 'rows'>;
}

export interface ComparedTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Longer values are cut in tables for people. */
const longestCell = 48;

export function printCompared(compared: Compared, { csv, markdown }: CompareOptions, terminal: Terminal): void {
  if (terminal.json) terminal.printJson(compared.json);
  else if (csv === true) terminal.print(csvLines(compared.flat.columns, compared.flat.rows).join('\n'));
  else if (markdown === true) terminal.print(markdownText(compared));
  else terminal.print(plainText(compared, terminal));
}

function plainText({ title, tables, notes }: Compared, { colours }: Terminal): string {
  return [
    colours.bold(colours.cyan(title)),
    ...tables.map(
      (table) => `${colours.bold(table.title)}\n${renderTable(table.columns, table.rows.map(shortened), colours.dim)}`,
    ),
    notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n');
}

function markdownText({ title, tables, notes }: Compared): string {
  const line = (cells: readonly Cell[]) => `| ${cells.map((cell) => escaped(cellText(cell))).join(' | ')} |`;
  return [
    `## ${title}`,
    ...tables.map(({ title: heading, columns, rows }) =>
      [
        `### ${heading}`,
        '',
        line(columns),
        `|${columns.map(() => ' --- |').join('')}`,
        ...rows.map((row) => line(shortened(row))),
      ].join('\n'),
    ),
    notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n');
}

const escaped = (text: string): string => text.replaceAll('|', '\\|');

const cellText = (cell: Cell): string => (cell === null ? '–' : String(cell));

const shortened = (row: readonly Cell[]): Cell[] =>
  row.map((cell) =>
    typeof cell === 'string' && cell.length > longestCell ? `${cell.slice(0, longestCell - 1)}…` : cell,
  );
