import { type Stats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type IndexFile, type IndexRow, type RunStamp, readIndexFile, writeIndexFile } from './index-file.ts';
import { type DamagedRecord, type RunName, readRun } from './read-record.ts';
import { type FieldValue, fieldsOf } from './run-fields.ts';
import { type RunRecord, recordFiles } from './run-record.ts';

/** Values of many runs by field. */
export interface RunTable {
  /** By row, newest first. */
  readonly runs: readonly RunName[];
  /** Every field that a run has. */
  readonly fields: ReadonlySet<string>;
  /** The values of a field by row. */
  column(field: string): (row: number) => FieldValue | undefined;
  readonly damaged: readonly DamagedRecord[];
}

/** As many runs are read each time before they are put into the index: writing it costs more. */
const readEachTime = 32;

/** A file that changed so shortly before it was read may change again without a new time, in milliseconds. */
const coarseTick = 2_000;

/** Of runs that were read anyway. */
export function tableOf(records: readonly RunRecord[], damaged: readonly DamagedRecord[]): RunTable {
  return combine(
    undefined,
    [],
    records.map((record) => ({ pipeline: record.pipeline, run: record.run, fields: fieldsOf(record) })),
    damaged,
  );
}

/**
 * All runs of an `experiments` folder, or those of one pipeline. What `experiments/.index` knows of a run counts while its
 * `run.json` has the same size, times and inode as when it was read; every other record is read, and added to the index once
 * these are many. Only closed records are added. The index can be thrown away at any time.
 */
export function openRunTable(root: string, pipeline?: string): RunTable {
  const path = join(root, '.index');
  const index = readIndexFile(path);
  const known = index === undefined ? [] : unchangedRuns(root, index, pipeline);
  const fresh = readOthers(root, pipeline, known);
  const lasting = fresh.rows.filter((row): row is IndexRow => row.stamp !== undefined);
  if (lasting.length > readEachTime) writeIndexFile(path, [...keptRows(index, known, pipeline), ...lasting]);
  return combine(index, known, fresh.rows, fresh.damaged);
}

interface FreshRow extends Omit<IndexRow, 'stamp'> {
  /** Undefined for a run that is on, and for a record that was just written. */
  readonly stamp?: RunStamp;
}

/** A run that the index knows. */
interface KnownRun extends RunName {
  readonly row: number;
}

/** Runs of the index whose records are as they were. */
function unchangedRuns(root: string, { runs, stamps }: IndexFile, pipeline: string | undefined): KnownRun[] {
  const known: KnownRun[] = [];
  let row = -1;
  for (const [name, own] of runs) {
    const folder = `${root}/${name}`;
    const isAsked = pipeline === undefined || name === pipeline;
    for (const run of own) {
      row += 1;
      const stats = isAsked ? statsOf(`${folder}/${run}/run.json`) : undefined;
      const at = 4 * row;
      if (
        stats !== undefined &&
        stats.ctimeMs === stamps[at + 2] &&
        stats.mtimeMs === stamps[at + 1] &&
        stats.size === stamps[at] &&
        stats.ino === stamps[at + 3]
      )
        known.push({ pipeline: name, run, row });
    }
  }
  return known;
}

/** Reads the records that the index does not know as they are. */
function readOthers(
  root: string,
  pipeline: string | undefined,
  known: readonly KnownRun[],
): { readonly rows: readonly FreshRow[]; readonly damaged: readonly DamagedRecord[] } {
  const rows: FreshRow[] = [];
  const damaged: DamagedRecord[] = [];
  for (const name of pipeline === undefined ? entriesOf(root) : [pipeline]) {
    const runs = entriesOf(`${root}/${name}`);
    for (const run of unknownRuns(name, runs, known)) {
      const found = readFresh(root, name, run);
      if (found === undefined) continue;
      if ('detail' in found) damaged.push(found);
      else rows.push(found);
    }
  }
  return { rows, damaged };
}

/** Every known run is there: where as many are there as are known, there are no others. */
function unknownRuns(pipeline: string, runs: readonly string[], known: readonly KnownRun[]): readonly string[] {
  const own = known.filter((run) => run.pipeline === pipeline);
  if (own.length === runs.length) return [];
  const names = new Set(own.map(({ run }) => run));
  return runs.filter((run) => !names.has(run));
}

/** Undefined where no folder is. */
function readFresh(root: string, pipeline: string, run: string): FreshRow | DamagedRecord | undefined {
  const folder = join(root, pipeline, run);
  const before = Date.now();
  const stats = statsOf(join(folder, recordFiles.run));
  const record = readRun(folder);
  if ('detail' in record) return statsOf(folder)?.isDirectory() === true ? record : undefined;
  const row = { pipeline, run, fields: fieldsOf(record) };
  // A closed record names its files.
  if (stats === undefined || record.files === undefined || before - stats.ctimeMs < coarseTick) return row;
  return { ...row, stamp: [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino] };
}

/** What goes from the index into the next one; records of other pipelines were not looked at, and are then. */
function keptRows(
  index: IndexFile | undefined,
  known: readonly KnownRun[],
  pipeline: string | undefined,
): readonly IndexRow[] {
  if (index === undefined) return [];
  const all = index.runs.flatMap(([name, runs]) => runs.map((run) => ({ pipeline: name, run })));
  const others = all.map((name, row) => ({ ...name, row })).filter((run) => run.pipeline !== pipeline);
  const columns = index.fields.map((field) => [field, index.column(field)] as const);
  return [...known, ...(pipeline === undefined ? [] : others)].map(({ row, ...name }) => {
    const [size = 0, modified = 0, changed = 0, inode = 0] = index.stamps.subarray(4 * row);
    const fields = columns.flatMap(([field, valueOf]) => {
      const value = valueOf(row);
      return value === undefined ? [] : [[field, value] as const];
    });
    return { ...name, stamp: [size, modified, changed, inode], fields: new Map(fields) };
  });
}

/** Runs of the index and others in one order. */
function combine(
  index: IndexFile | undefined,
  known: readonly KnownRun[],
  fresh: readonly Pick<IndexRow, 'pipeline' | 'run' | 'fields'>[],
  damaged: readonly DamagedRecord[],
): RunTable {
  const rows: (KnownRun | (typeof fresh)[number])[] = [...known, ...fresh];
  rows.sort((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0));
  const fields = known.length > 0 ? (index?.fields ?? []) : [];
  return {
    runs: rows,
    fields: new Set([...fields, ...fresh.flatMap((run) => [...run.fields.keys()])]),
    column(field) {
      const remembered = index?.column(field);
      return (row) => {
        const found = rows[row];
        if (found === undefined) return undefined;
        return 'row' in found ? remembered?.(found.row) : found.fields.get(field);
      };
    },
    damaged,
  };
}

const noEntry = { throwIfNoEntry: false } as const;

/** Undefined for what is not there, or cannot be looked at. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, noEntry);
  } catch {
    return undefined;
  }
}

/** Names in a folder but hidden ones; none where it is no folder. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}
