import { join } from 'node:path';
import { PipeError, exitCodes } from '../../errors.ts';
import { type DamagedRecord, listRuns, readRun, runNames, visibleNames } from '../../experiment/read-record.ts';
import { fieldOf, fieldOfCondition, queryRuns } from '../../experiment/run-query.ts';
import { type RunTable, openRunTable, tableOf } from '../../experiment/run-table.ts';
import { didYouMean } from '../../spec/did-you-mean.ts';
import { formatSeconds } from '../duration.ts';
import type { LsOptions } from '../options.ts';
import { type Cell, renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

// This command loads as little as it can: with 10,000 runs it is to answer at once.

/** A column that is shown: its title, and the field that it shows. */
interface Shown {
  readonly title: string;
  readonly field: string;
}

const usualColumns: readonly Shown[] = [
  { title: 'run', field: 'run' },
  { title: 'pipeline', field: 'pipeline' },
  { title: 'status', field: 'status' },
  { title: 'started (UTC)', field: 'startedAt' },
  { title: 'took', field: 'seconds' },
  { title: 'done', field: 'counts.done' },
  { title: 'cached', field: 'counts.cached' },
];
const headline: Shown = { title: 'headline', field: 'headline' };

/** `pipe ls`: recorded runs, newest first, filtered and sorted. A damaged record is named; the others are listed. */
export function ls(pipeline: string | undefined, options: LsOptions): number {
  const terminal = createTerminal(options);
  const { experiments } = findWorkspace(options.workspace);
  if (pipeline !== undefined) requirePipeline(experiments, pipeline);
  const limit = options.all ? Infinity : limitOf(options.limit);
  const asksForFields = options.where.length > 0 || options.sort !== undefined || options.columns !== undefined;
  const { table, rows, fitting } = chooseRows(
    asksForFields || options.all ? openRunTable(experiments, pipeline) : newestRuns(experiments, pipeline, limit + 1),
    options,
    limit,
  );
  printDamaged(table.damaged, terminal);
  const columns = shownColumns(options, table);
  if (terminal.json) printRows(rows, table, experiments, options, terminal);
  else if (rows.length === 0) terminal.print(nothingText(table, pipeline, experiments));
  else {
    const cells = columns.map(({ field }) => ({ field, valueOf: table.column(field) }));
    terminal.print(
      renderTable(
        columns.map(({ title }) => title),
        rows.map((row) => cells.map(({ field, valueOf }) => cellOf(field, valueOf(row)))),
        terminal.colours.dim,
      ),
    );
    if (fitting > rows.length) {
      const all = asksForFields ? fitting : countRuns(experiments, pipeline);
      terminal.print(terminal.colours.dim(`\n${rows.length} of ${all} runs; --all shows all.`));
    }
  }
  return exitCodes.done;
}

/** Nothing is opened. */
function countRuns(experiments: string, pipeline: string | undefined): number {
  const pipelines = pipeline === undefined ? visibleNames(experiments) : [pipeline];
  return pipelines.reduce((sum, name) => sum + visibleNames(join(experiments, name)).length, 0);
}

/** Throws a PipeError (`unknown-pipeline`) where there are runs, but of others. */
function requirePipeline(experiments: string, pipeline: string): void {
  if (visibleNames(join(experiments, pipeline)).length > 0) return;
  const others = new Set(runNames(experiments).map((name) => name.pipeline));
  if (others.size === 0) return;
  throw new PipeError('unknown-pipeline', `There are no runs of a pipeline '${pipeline}'.`, {
    exitCode: exitCodes.usage,
    advice: didYouMean(pipeline, others, 'pipelines'),
  });
}

const sortedBy = (sort: string | undefined): readonly string[] => sort?.split(',').map((name) => name.trim()) ?? [];

/** What is shown is looked at before; where a record is not what it was, all is chosen again. */
function chooseRows(
  table: RunTable,
  options: LsOptions,
  limit: number,
): { readonly table: RunTable; readonly rows: readonly number[]; readonly fitting: number } {
  const all = queryRuns(table, { where: options.where, sort: sortedBy(options.sort) });
  const rows = all.slice(0, limit);
  const other = table.recheck(rows);
  return other === undefined ? { table, rows, fitting: all.length } : chooseRows(other, options, limit);
}

function newestRuns(experiments: string, pipeline: string | undefined, limit: number): RunTable {
  const { runs, damaged } = listRuns(experiments, { limit, ...(pipeline !== undefined && { pipeline }) });
  return tableOf(runs, damaged);
}

function printDamaged(damaged: readonly DamagedRecord[], { json, printJson, warn, colours }: Terminal): void {
  for (const { path, detail } of damaged) {
    if (json) printJson({ type: 'damaged', path, detail });
    else warn(colours.yellow(`warning[damaged-record]: ${path}: ${detail}`));
  }
}

/** Whole records, or the columns that are asked for. */
function printRows(
  rows: readonly number[],
  table: RunTable,
  experiments: string,
  options: LsOptions,
  terminal: Terminal,
): void {
  if (options.columns !== undefined) {
    const columns = shownColumns(options, table).map(({ title, field }) => [title, table.column(field)] as const);
    for (const row of rows)
      terminal.printJson(Object.fromEntries(columns.map(([title, valueOf]) => [title, valueOf(row) ?? null])));
    return;
  }
  for (const row of rows) {
    const { pipeline = '', run = '' } = table.runs[row] ?? {};
    const record = readRun(join(experiments, pipeline, run));
    if ('detail' in record) printDamaged([record], terminal);
    else terminal.printJson(record);
  }
}

/** The named columns; else the usual ones, and what is filtered or sorted by. */
function shownColumns({ columns, where, sort }: LsOptions, table: RunTable): readonly Shown[] {
  if (columns !== undefined) {
    const names = columns.split(',').map((name) => name.trim());
    const titles = names.filter((name) => name !== '');
    if (titles.length > 0) return titles.map((title) => ({ title, field: fieldOf(title, table) }));
    throw new PipeError('bad-columns-option', `--columns '${columns}' names no field.`, {
      exitCode: exitCodes.usage,
      advice: 'Write fields with commas between, such as --columns run,uar,startedAt.',
    });
  }
  const asked = [
    ...sortedBy(sort).map((name) => fieldOf(name.replace(/^-/, ''), table)),
    ...where.map((text) => fieldOfCondition(text, table)),
  ];
  const usual = new Set([...usualColumns, headline].map(({ field }) => field));
  const further = [...new Set(asked)].filter((field) => !usual.has(field));
  return [
    ...usualColumns,
    ...further.map((field) => ({ title: field.replace(/^(metrics|params)\./, ''), field })),
    headline,
  ];
}

function cellOf(field: string, value: string | number | boolean | undefined): Cell {
  if (field === 'startedAt' || field === 'endedAt')
    return String(value ?? '')
      .slice(0, 16)
      .replace('T', ' ');
  if (field === 'seconds') return typeof value === 'number' ? formatSeconds(value) : '';
  return typeof value === 'boolean' ? String(value) : (value ?? (field === 'headline' ? '' : null));
}

function nothingText({ runs }: RunTable, pipeline: string | undefined, experiments: string): string {
  const of = pipeline === undefined ? '' : ` of '${pipeline}'`;
  return runs.length === 0 ? `No runs${of} in ${experiments}.` : `None of ${runs.length} runs${of} fits.`;
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw new PipeError('bad-limit-option', `--limit ${text} is not a whole number from 1.`, {
    exitCode: exitCodes.usage,
    advice: 'Use --all for all runs.',
  });
}
