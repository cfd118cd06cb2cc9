import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import { DataError } from '../../../src/stage/index.ts';

/** A row of the list, by column name, and the line of the file that it ends on. */
export interface ListRow {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

const required = ['path', 'speaker', 'label'];

/**
 * Reads a CSV list with a header: UTF-8, commas, fields quoted by `"` where they need it (RFC 4180). Every value stays text,
 * so that speaker `03` stays `03`.
 *
 * @throws DataError when the file is missing or no such list
 */
export async function readList(file: string): Promise<ListRow[]> {
  const text = decode(file, await read(file));
  const [header, ...rows] = records(file, text);
  requireHeader(file, header?.values ?? []);
  return rows.map(({ line, values }) => ({
    line,
    fields: Object.fromEntries((header?.values ?? []).map((column, index) => [column, values[index] ?? ''])),
  }));
}

async function read(file: string): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new DataError('missing-list', missing ? `there is no list ${file}` : `the list ${file} cannot be read`, {
      advice: 'Give `root` the folder of the corpus and `list` the path of its CSV file below it.',
      cause,
    });
  });
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DataError('malformed-list', `${file} is not UTF-8 text`, {
      advice: 'Save the list as CSV UTF-8.',
      cause,
    });
  }
}

function records(file: string, text: string): { line: number; values: string[] }[] {
  requireCommas(file, text);
  try {
    const parsed: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true, trim: true });
    return (parsed as { info: { lines: number }; record: string[] }[]).map(({ info, record }) => ({
      line: info.lines,
      values: record,
    }));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError('malformed-list', `${file}: ${cause.message}`, {
      advice:
        'Every row needs as many fields as the header; put fields that hold a comma, a quote or a line break in "".',
      cause,
    });
  }
}

/** Spreadsheets of some countries separate by semicolons. */
function requireCommas(file: string, text: string): void {
  const [header = ''] = text.split(/\r?\n/, 1);
  const separator = [';', '\t'].find((one) => header.split(one).length > header.split(',').length);
  if (separator === undefined) return;
  throw new DataError(
    'malformed-list',
    `${file}: the columns are separated by ${separator === ';' ? 'semicolons' : 'tabs'}`,
    {
      advice: 'Separate the columns by commas: export the list as CSV with commas.',
    },
  );
}

function requireHeader(file: string, header: readonly string[]): void {
  const fail = (message: string, advice: string) => new DataError('malformed-list', `${file}: ${message}`, { advice });
  const expected = 'The first line names the columns: `path,speaker,label`, then `sentence` and others as you like.';
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw fail(
      `the header lacks ${missing.map((column) => `\`${column}\``).join(', ')}; it has ${header.join(', ') || 'nothing'}`,
      expected,
    );
  }
  const twice = header.find((column, index) => header.indexOf(column) !== index);
  if (twice !== undefined) throw fail(`the column \`${twice}\` is there twice`, 'Rename one of them.');
  if (header.includes('')) throw fail(`column ${header.indexOf('') + 1} has no name`, expected);
  if (header.includes('id')) throw fail('the column `id` is taken: it is the path', 'Rename it.');
}
