import { PipeError, exitCodes } from '../errors.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { type FieldValue, fieldNames, resolveField } from './run-fields.ts';
import type { RunTable } from './run-table.ts';

/** What of a table is wanted. */
export interface RunQuery {
  /** Such as `params.depth>=4`; all must hold. */
  readonly where: readonly string[];
  /** Fields, the first decides first; with `-` in front the largest value comes first. Runs without the field come last. */
  readonly sort: readonly string[];
}

/** Longer operators first. */
const operators = ['>=', '<=', '!=', '!~', '=', '>', '<', '~'] as const;
type Operator = (typeof operators)[number];

/** The rows that fit, in the order that is asked for. Throws a PipeError (`bad-filter`, `unknown-field`). */
export function queryRuns(table: RunTable, { where, sort }: RunQuery): readonly number[] {
  const conditions = where.map((text) => condition(text, table));
  const keys = sort.map((text) => {
    const descending = text.startsWith('-');
    const field = fieldOf(descending ? text.slice(1) : text, table);
    return { descending, valueOf: table.column(field) };
  });
  const rows: number[] = [];
  for (let row = 0; row < table.runs.length; row++) if (conditions.every((holds) => holds(row))) rows.push(row);
  // Sorting is stable: the field that decides first is sorted by last.
  for (const { descending, valueOf } of keys.reverse()) {
    const values = table.runs.map((_, row) => valueOf(row));
    rows.sort((a, b) => compare(values[a], values[b], descending));
  }
  return rows;
}

/** The field that is meant. Throws a PipeError (`unknown-field`) where no run has it. */
export function fieldOf(name: string, table: RunTable): string {
  const field = resolveField(name, table.fields);
  if (field !== undefined || table.runs.length === 0) return field ?? name;
  throw new PipeError('unknown-field', `No run has a field '${name}'.`, {
    exitCode: exitCodes.usage,
    advice: didYouMean(name, fieldNames(table.fields), 'fields'),
  });
}

/** The field that a condition is about. */
export const fieldOfCondition = (text: string, table: RunTable): string => parse(text, table).field;

function condition(text: string, table: RunTable): (row: number) => boolean {
  const { field, operator, wanted: written } = parse(text, table);
  const valueOf = table.column(field);
  const wanted = timeFields.has(field) ? recordedTime(written) : written;
  requireComparable(text, operator, wanted, table, valueOf);
  // Many runs have the same value.
  const known = new Map<FieldValue | undefined, boolean>();
  return (row) => {
    const value = valueOf(row);
    const answer = known.get(value) ?? holds(value, operator, wanted);
    known.set(value, answer);
    return answer;
  };
}

const timeFields: ReadonlySet<string> = new Set(['startedAt', 'endedAt']);

/** As `ls` prints times, `2026-11-22 20:18`, and as records have them, `2026-11-22T20:18`. */
const recordedTime = (text: string): string => text.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T');

/** A number is in no order with a text that is none, so that nothing would ever fit. Throws a PipeError (`bad-filter`). */
function requireComparable(
  text: string,
  operator: Operator,
  wanted: string,
  { runs }: RunTable,
  valueOf: (row: number) => FieldValue | undefined,
): void {
  const isContained = operator === '~' || operator === '!~';
  const isAbsent = wanted === '' && (operator === '=' || operator === '!=');
  if (isContained || isAbsent || (wanted !== '' && !Number.isNaN(Number(wanted)))) return;
  const values = runs.flatMap((_, row) => valueOf(row) ?? []);
  if (values.length === 0 || values.some((value) => typeof value !== 'number')) return;
  throw new PipeError('bad-filter', `--where '${text}': '${wanted}' is not a number, and the field is one.`, {
    exitCode: exitCodes.usage,
    advice: "Write a number with a decimal point, such as --where 'uar>=0.7'.",
  });
}

function parse(text: string, table: RunTable) {
  const name = nameWithOperator(text, table);
  const split = splitAt(text, name?.length ?? text.search(/[=<>~]|!(?=[=~])/));
  const isOperator = split !== undefined && !/^[=<>~!]/.test(split.wanted);
  if (isOperator && split.name !== '') return { ...split, field: fieldOf(split.name, table) };
  throw new PipeError('bad-filter', `--where '${text}' is not a condition.`, {
    exitCode: exitCodes.usage,
    advice: `Write FIELD, one of ${operators.join(' ')}, and a value, such as --where 'params.depth>=4'.`,
  });
}

/** Names of figures may hold an operator themselves: `summary permute=none.uar`. */
function nameWithOperator(text: string, { fields }: RunTable): string | undefined {
  const isMeant = (name: string) => /[=<>~!]/.test(name) && splitAt(text, name.length)?.name === name;
  return [...fields].some((field) => /[=<>~!]/.test(field)) ? fieldNames(fields).find(isMeant) : undefined;
}

function splitAt(text: string, place: number) {
  const operator = place < 0 ? undefined : operators.find((candidate) => text.startsWith(candidate, place));
  if (operator === undefined) return undefined;
  return { name: text.slice(0, place).trim(), operator, wanted: text.slice(place + operator.length).trim() };
}

/** Numbers are compared as numbers, all else as text; what a run does not have equals nothing but the empty text. */
function holds(value: FieldValue | undefined, operator: Operator, wanted: string): boolean {
  switch (operator) {
    case '=':
      return isEqual(value, wanted);
    case '!=':
      return !isEqual(value, wanted);
    case '~':
      return contains(value, wanted);
    case '!~':
      return !contains(value, wanted);
    case '>=':
      return value !== undefined && order(value, wanted) >= 0;
    case '<=':
      return value !== undefined && order(value, wanted) <= 0;
    case '>':
      return value !== undefined && order(value, wanted) > 0;
    case '<':
      return value !== undefined && order(value, wanted) < 0;
  }
}

const isEqual = (value: FieldValue | undefined, wanted: string): boolean => order(value ?? '', wanted) === 0;

const contains = (value: FieldValue | undefined, wanted: string): boolean =>
  String(value ?? '')
    .toLowerCase()
    .includes(wanted.toLowerCase());

/** NaN, which is in no order, where a number is compared with text. */
function order(value: FieldValue, wanted: string): number {
  if (typeof value === 'number') return wanted === '' ? NaN : value - Number(wanted);
  const text = String(value);
  return text < wanted ? -1 : text > wanted ? 1 : 0;
}

/** Numbers before texts. */
function compare(a: FieldValue | undefined, b: FieldValue | undefined, descending: boolean): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const kinds = Number(typeof a !== 'number') - Number(typeof b !== 'number');
  const ascending = kinds !== 0 ? kinds : a < b ? -1 : a > b ? 1 : 0;
  return descending ? -ascending : ascending;
}
