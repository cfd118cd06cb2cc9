import { type Table, cellText, isFigureColumn } from './table.ts';

/** A table as GitHub's Markdown. */
export function markdownTable(table: Table): string {
  const { title, columns, rows, note } = table;
  const rule = columns.map((_, column) => (isFigureColumn(table, column) ? '--:' : ':--'));
  const lines = [
    columns.map(escapeCell),
    rule,
    ...rows.map((row) => columns.map((_, at) => escapeCell(cellText(row[at])))),
  ];
  const body = lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return [`**${escapeCell(title)}**`, body, ...(note === undefined ? [] : [escapeCell(note)])].join('\n\n') + '\n';
}

/** What would end a cell or begin markup is escaped. */
function escapeCell(text: string): string {
  return text
    .replaceAll(/&(?=#?\w+;)/g, '&amp;')
    .replaceAll(/[\\`*_[\]<>|~#]/g, '\\$&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
