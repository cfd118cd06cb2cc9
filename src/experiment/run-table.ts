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
  const known = index === undefined ? [] : unchangedRows(root, index, pipeline);
  const fresh = readOthers(root, pipeline, index, new Set(known));
  const lasting = fresh.rows.filter((row): row is IndexRow => row.stamp !== undefined);
  if (lasting.length > readEachTime) writeIndexFile(path, [...keptRows(index, known, pipeline), ...lasting]);
  return combine(index, known, fresh.rows, fresh.damaged);
}

interface FreshRow extends Omit<IndexRow, 'stamp'> {
  /** Undefined for a run that is on, and for a record that was just written. */
  readonly stamp?: RunStamp;
}

/** Rows of the index whose records are as they were. */
function unchangedRows(root: string, { runs, stamps }: IndexFile, pipeline: string | undefined): number[] {
  const rows: number[] = [];
  for (const [row, [name, run]] of runs.entries()) {
    if (pipeline !== undefined && name !== pipeline) continue;
    const stats = statsOf(`${root}/${name}/${run}/${recordFiles.run}`);
    const at = 4 * row;
    const isSame =
      stats !== undefined &&
      stats.ctimeMs === stamps[at + 2] &&
      stats.mtimeMs === stamps[at + 1] &&
      stats.size === stamps[at] &&
      stats.ino === stamps[at + 3];
    if (isSame) rows.push(row);
  }
  return rows;
}

/** Reads the records that the index does not know as they are. */
function readOthers(
  root: string,
  pipeline: string | undefined,
  index: IndexFile | undefined,
  known: ReadonlySet<number>,
): { readonly rows: readonly FreshRow[]; readonly damaged: readonly DamagedRecord[] } {
  const names = new Set(index?.runs.flatMap(([name, run], row) => (known.has(row) ? [`${name}/${run}`] : [])));
  const rows: FreshRow[] = [];
  const damaged: DamagedRecord[] = [];
  for (const name of pipeline === undefined ? entriesOf(root) : [pipeline]) {
    for (const run of entriesOf(`${root}/${name}`)) {
      if (names.has(`${name}/${run}`)) continue;
      const found = readFresh(root, name, run);
      if (found === undefined) continue;
      if ('detail' in found) damaged.push(found);
      else rows.push(found);
    }
  }
  return { rows, damaged };
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

/** Rows of the index that go into the next one; those of other pipelines were not looked at, and are then. */
function keptRows(index: IndexFile | undefined, known: readonly number[], pipeline: string | undefined): IndexRow[] {
  if (index === undefined) return [];
  const others = pipeline === undefined ? [] : index.runs.flatMap(([name], row) => (name === pipeline ? [] : [row]));
  const columns = index.fields.map((field) => [field, index.column(field)] as const);
  return [...known, ...others].flatMap((row) => {
    const [name, run] = index.runs[row] ?? [];
    const [size, modified, changed, inode] = index.stamps.subarray(4 * row, 4 * row + 4);
    if (name === undefined || run === undefined || size === undefined) return [];
    if (modified === undefined || changed === undefined || inode === undefined) return [];
    const fields = new Map<string, FieldValue>();
    for (const [field, valueOf] of columns) {
      const value = valueOf(row);
      if (value !== undefined) fields.set(field, value);
    }
    return [{ pipeline: name, run, stamp: [size, modified, changed, inode] as const, fields }];
  });
}

/** Rows of the index and others in one order. */
function combine(
  index: IndexFile | undefined,
  known: readonly number[],
  fresh: readonly Pick<IndexRow, 'pipeline' | 'run' | 'fields'>[],
  damaged: readonly DamagedRecord[],
): RunTable {
  const rows = [
    ...known.map((row) => {
      const [pipeline = '', run = ''] = index?.runs[row] ?? [];
      return { pipeline, run, row, fields: undefined };
    }),
    ...fresh.map(({ pipeline, run, fields }) => ({ pipeline, run, row: -1, fields })),
  ].sort((a, b) => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0));
  return {
    runs: rows,
    fields: new Set([
      ...(known.length > 0 ? (index?.fields ?? []) : []),
      ...fresh.flatMap(({ fields }) => [...fields.keys()]),
    ]),
    column(field) {
      const remembered = index?.column(field);
      return (row) => {
        const found = rows[row];
        return found?.fields === undefined ? remembered?.(found?.row ?? -1) : found.fields.get(field);
      };
    },
    damaged,
  };
}

/** Undefined for what is not there, or cannot be looked at. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
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
