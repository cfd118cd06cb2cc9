import { isObject } from '../spec/source-tree.ts';
import type { Json } from '../stage/index.ts';
import type { RecordedResult } from './run-record.ts';

/** What a last stage wants to be shown: the value of `report` at the top of its JSON artifact. */
export interface Report {
  readonly title: string;
  readonly headline: readonly string[];
  readonly tables: readonly ReportTable[];
  readonly notes: readonly string[];
}

export interface ReportTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** Cells are texts, numbers, or null where there is nothing to say. */
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** The report in a result, or undefined for other JSON. */
export function reportOf(value: Json): Report | undefined {
  if (!isObject(value) || !isObject(value.report)) return undefined;
  const { title, headline, tables, notes } = value.report;
  return {
    title: typeof title === 'string' ? title : '',
    headline: texts(headline),
    tables: Array.isArray(tables) ? tables.flatMap(tableOf) : [],
    notes: texts(notes),
  };
}

export function headlineOf(results: readonly RecordedResult[]): readonly string[] {
  return results.flatMap(({ value }) => reportOf(value)?.headline ?? []);
}

function tableOf(table: Json): ReportTable[] {
  if (!isObject(table)) return [];
  const { title, columns, rows } = table;
  const cells = (row: Json) => (Array.isArray(row) ? row.map(cellOf) : []);
  return [
    {
      title: typeof title === 'string' ? title : '',
      columns: texts(columns),
      rows: Array.isArray(rows) ? rows.map(cells) : [],
    },
  ];
}

const cellOf = (cell: Json): string | number | null =>
  typeof cell === 'string' || typeof cell === 'number' || cell === null ? cell : JSON.stringify(cell);

const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
