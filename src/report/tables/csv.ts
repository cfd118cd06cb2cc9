export type CsvValue = string | number | boolean | null | undefined;

/**
 * Rows as the lines of a CSV file (RFC 4180), without their ends. A text that a spreadsheet would take for a formula is
 * kept from it by an apostrophe; numbers, also those that are given as text, have all their digits.
 */
export function csvLines(columns: readonly string[], rows: Iterable<readonly CsvValue[]>): string[] {
  return [columns, ...rows].map((row: readonly CsvValue[]) => row.map(field).join(','));
}

/** The same as the text of a file. */
export const csv = (columns: readonly string[], rows: Iterable<readonly CsvValue[]>): string =>
  csvLines(columns, rows)
    .map((line) => `${line}\r\n`)
    .join('');

function field(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r\n]./s.test(value) && !isNumber.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const isNumber = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;
