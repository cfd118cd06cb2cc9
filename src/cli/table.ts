export type Cell = string | number | null;

/** A table in plain text: columns of numbers to the right, others to the left; two blanks between. */
export function renderTable(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  bold: (text: string) => string,
): string {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index] ?? null)));
  const widths = columns.map((title, index) =>
    Math.max(displayWidth(title), ...texts.map((row) => displayWidth(row[index] ?? ''))),
  );
  const right = columns.map((_, index) => rows.length > 0 && rows.every((row) => isNumeric(row[index] ?? null)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => pad(cell, widths[index] ?? 0, right[index] ?? false))
      .join('  ')
      .trimEnd();
  const body = texts.map(line);
  return columns.some((title) => title !== '') ? [bold(line(columns)), ...body].join('\n') : body.join('\n');
}

/** Numbers with at most 4 digits behind the point. */
function cellText(cell: Cell): string {
  if (cell === null) return '-';
  // A line of its own would be another row.
  if (typeof cell === 'string') return cell.replaceAll(/\s*[\r\n]\s*/g, ' ');
  return String(Number.isInteger(cell) ? cell : Number(cell.toFixed(4)));
}

/** Nothing fits any column. */
const isNumeric = (cell: Cell): boolean =>
  cell === null || cell === '' || typeof cell === 'number' || /^[-+]?[\d.,]+ ?%?( ±.*)?$/.test(cell);

function pad(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return right ? blanks + text : text + blanks;
}

const displayWidth = (text: string): number => Array.from(text).length;
