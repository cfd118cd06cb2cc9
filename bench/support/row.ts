import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { median } from './measure-process.ts';

/** One comparison: what every benchmark reports, and the table shows. */
export interface Row {
  /** Such as `training epoch, wasm, 1 thread`. */
  readonly what: string;
  readonly unit: string;
  /** One value a round; none where ours could not be measured. */
  readonly ours: readonly number[];
  /** Measured in the same rounds, by turns. */
  readonly theirs?: { readonly name: string; readonly values: readonly number[] };
  /** What the ratio, or without `theirs` the value, should be at most. */
  readonly aim?: number;
  /** Why something is missing, or what else there is to know. */
  readonly note?: string;
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** A row with its statistics. */
export interface RowSummary {
  readonly ours: Spread | undefined;
  readonly theirs: Spread | undefined;
  /** Ours / theirs: of the medians; least and most of single rounds. */
  readonly ratio: Spread | undefined;
  readonly reached: boolean | undefined;
}

export function summariseRow({ ours, theirs, aim }: Row): RowSummary {
  const [own, other] = [spreadOf(ours), spreadOf(theirs?.values ?? [])];
  const ratio = own && other && ratioOf(ours, theirs?.values ?? []);
  const judged = theirs ? ratio : own;
  return { ours: own, theirs: other, ratio, reached: aim === undefined || !judged ? undefined : judged.median <= aim };
}

/** Prints a row, and hands it to `npm run bench` for its table. */
export function reportRow(row: Row): void {
  console.log(describeRow(row));
  const file = process.env['PIPE_BENCH_ROWS'];
  if (file) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** `training epoch: 1.21 s (1.19-1.30); PyTorch 2.15.0 1.35 s (1.33-1.41); ratio 0.90 (0.88-0.95), aim 1.00` */
export function describeRow(row: Row): string {
  const { ours, theirs, ratio } = summariseRow(row);
  const parts = [
    ours && formatSpread(ours, row.unit),
    row.theirs && theirs && `${row.theirs.name} ${formatSpread(theirs, row.unit)}`,
    ratio && `ratio ${formatSpread(ratio)}`,
    ours && row.aim !== undefined && `aim ${formatNumber(row.aim)}`,
    row.note,
  ].filter((part) => typeof part === 'string');
  return `${row.what}: ${parts.join('; ')}`;
}

/** The median with its range, where there are several values. */
export function formatSpread({ median: middle, least, most }: Spread, unit = ''): string {
  const value = `${formatNumber(middle)}${unit && ` ${unit}`}`;
  return least === most ? value : `${value} (${formatNumber(least)}-${formatNumber(most)})`;
}

/** Three significant digits, and no fewer than the whole ones. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

function ratioOf(ours: readonly number[], theirs: readonly number[]): Spread {
  const middle = median(ours) / median(theirs);
  const single = ours.length === theirs.length ? ours.map((value, round) => value / (theirs[round] ?? NaN)) : [middle];
  return { median: middle, least: Math.min(middle, ...single), most: Math.max(middle, ...single) };
}
