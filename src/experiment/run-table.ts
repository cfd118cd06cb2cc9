import { join } from 'node:path';
import { type IndexFile, type IndexRow, type RunStamp, readIndexFile, writeIndexFile } from './index-file.ts';
import { type DamagedRecord, type RunName, isFolder, newestFirst, readRun, visibleNames } from './read-record.ts';
import { type KnownRun, type Remembered, rememberedRuns, statsOf } from './remembered-runs.ts';
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
  /** Looks at the records of rows that are to be shown: another table where one is not as the index knows it. */
  recheck(rows: readonly number[]): RunTable | undefined;
}

/** How many records are looked at, of those that the index knows. */
export interface CheckLimits {
  /** The newest of them at least. */
  readonly atLeast: number;
  /** Others until this much time has gone since the process began, in milliseconds. */
  readonly until: number;
}

/** With 10,000 runs a list is to take 100 ms; to look at a record takes about 5 µs. */
const usualLimits: CheckLimits = { atLeast: 2_000, until: 75 };

/** As many runs are read each time before they are put into the index: writing it costs more. */
const readEachTime = 32;

/** A file that changed so shortly before it was read may change again without a new time, in milliseconds. */
const coarseTick = 2_000;

/** Of runs that were read anyway. */
export function tableOf(records: readonly RunRecord[], damaged: readonly DamagedRecord[]): RunTable {
  const rows = records.map((record) => ({ pipeline: record.pipeline, run: record.run, fields: fieldsOf(record) }));
  return combine({ isSame: () => true, index: undefined, root: '' }, [], { rows, damaged });
}

/**
 * All runs of an `experiments` folder, or those of one pipeline. What `experiments/.index` knows of a run counts while its
 * `run.json` has the same size, times and inode as when it was read; every other record is read, and added to the index once
 * these are many. Only closed records are added, which do not change any more: among thousands of them, some are looked at
 * each time, and with `recheck` all that are shown. The index can be thrown away at any time.
 */
export function openRunTable(root: string, pipeline?: string, limits: CheckLimits = usualLimits): RunTable {
  const path = join(root, '.index');
  const index = readIndexFile(path);
  const names = namesOf(root, pipeline);
  const remembered = rememberedRuns(root, index);
  const known = knownRuns(index, names);
  const changed = new Set(changedRuns(known, remembered.isSame, limits));
  const kept = changed.size === 0 ? known : known.filter((run) => !changed.has(run));
  const fresh = readAll(root, [...othersThan(known, names), ...changed]);
  const lasting = fresh.rows.filter((row): row is IndexRow => row.stamp !== undefined);
  if (lasting.length > readEachTime) writeIndexFile(path, [...keptRows(index, kept, pipeline), ...lasting]);
  return combine(remembered, kept, fresh);
}

interface FreshRow extends Omit<IndexRow, 'stamp'> {
  /** Undefined for a run that is on, and for a record that was just written. */
  readonly stamp?: RunStamp;
}

interface Fresh {
  readonly rows: readonly FreshRow[];
  readonly damaged: readonly DamagedRecord[];
}

/** Names of folders, and of files among them, by pipeline. */
function namesOf(root: string, pipeline: string | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const pipelines = pipeline === undefined ? visibleNames(root) : [pipeline];
  return new Map(pipelines.map((name) => [name, new Set(visibleNames(`${root}/${name}`))]));
}

/** Runs of the index that are there, newest first. */
function knownRuns(index: IndexFile | undefined, names: ReadonlyMap<string, ReadonlySet<string>>): KnownRun[] {
  const known: KnownRun[] = [];
  let row = -1;
  for (const [pipeline, runs] of index?.runs ?? []) {
    const own = names.get(pipeline);
    for (const run of runs) {
      row += 1;
      if (own?.has(run) === true) known.push({ pipeline, run, row });
    }
  }
  return known.sort(newestFirst);
}

/** Every known run is there: where as many are there as are known, there are no others. */
function othersThan(known: readonly KnownRun[], names: ReadonlyMap<string, ReadonlySet<string>>): RunName[] {
  return Array.from(names).flatMap(([pipeline, runs]) => {
    const own = known.filter((run) => run.pipeline === pipeline);
    if (own.length === runs.size) return [];
    const knownNames = new Set(own.map(({ run }) => run));
    return Array.from(runs).flatMap((run) => (knownNames.has(run) ? [] : [{ pipeline, run }]));
  });
}

/** The newest, and as many others as there is time for, from a place on that is another each time. */
function changedRuns(known: readonly KnownRun[], isSame: Remembered['isSame'], limits: CheckLimits): KnownRun[] {
  const { atLeast, until } = limits;
  const changed = known.slice(0, atLeast).filter((run) => !isSame(run));
  const others = known.slice(atLeast);
  const start = Math.floor(Math.random() * others.length);
  for (let count = 0; count < others.length; count++) {
    // The clock costs little beside 32 looks.
    if (count % 32 === 0 && performance.now() > until) break;
    const run = others[(start + count) % others.length];
    if (run !== undefined && !isSame(run)) changed.push(run);
  }
  return changed;
}

function readAll(root: string, names: readonly RunName[]): Fresh {
  const rows: FreshRow[] = [];
  const damaged: DamagedRecord[] = [];
  for (const { pipeline, run } of names) {
    const found = readFresh(root, pipeline, run);
    if (found === undefined) continue;
    if ('detail' in found) damaged.push(found);
    else rows.push(found);
  }
  return { rows, damaged };
}

/** Undefined where no folder is. */
function readFresh(root: string, pipeline: string, run: string): FreshRow | DamagedRecord | undefined {
  const folder = join(root, pipeline, run);
  const before = Date.now();
  const stats = statsOf(join(folder, recordFiles.run));
  const record = readRun(folder);
  if ('detail' in record) return isFolder(folder) ? record : undefined;
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
function combine(remembered: Remembered, known: readonly KnownRun[], fresh: Fresh): RunTable {
  const { index, root, isSame } = remembered;
  const rows: (KnownRun | FreshRow)[] = [...known, ...fresh.rows];
  if (fresh.rows.length > 0) rows.sort(newestFirst);
  const fields = known.length > 0 ? (index?.fields ?? []) : [];
  return {
    runs: rows,
    fields: new Set([...fields, ...fresh.rows.flatMap((run) => [...run.fields.keys()])]),
    column(field) {
      const inIndex = index?.column(field);
      return (row) => {
        const found = rows[row];
        if (found === undefined) return undefined;
        return 'row' in found ? inIndex?.(found.row) : found.fields.get(field);
      };
    },
    damaged: fresh.damaged,
    recheck(wanted) {
      const changed = new Set<KnownRun>();
      for (const row of wanted) {
        const run = rows[row];
        if (run !== undefined && 'row' in run && !isSame(run)) changed.add(run);
      }
      if (changed.size === 0) return undefined;
      const again = readAll(root, [...changed]);
      return combine(
        remembered,
        known.filter((run) => !changed.has(run)),
        { rows: [...fresh.rows, ...again.rows], damaged: [...fresh.damaged, ...again.damaged] },
      );
    },
  };
}
