import { type RecordedResult, type Report, reportOf } from '../experiment/index.ts';
import { renderTable } from './table.ts';
import type { Colours } from './terminal.ts';

/** The reports among results, as text; other results are only named. */
export function renderResults(results: readonly RecordedResult[], colours: Colours): string {
  const reports = results.flatMap((result) => {
    const report = reportOf(result.value);
    return report === undefined ? [] : [renderReport(report, colours)];
  });
  return reports.join('\n\n');
}

export function renderReport({ title, headline, tables, notes }: Report, colours: Colours): string {
  const parts = [
    [colours.bold(colours.cyan(title)), ...headline.map((line) => colours.bold(line))]
      .filter((line) => line !== '')
      .join('\n'),
    ...tables.map((table) => {
      const body = renderTable(table.columns, table.rows, colours.dim);
      return table.title === '' ? body : `${colours.bold(table.title)}\n${body}`;
    }),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
