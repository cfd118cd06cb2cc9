import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pid } from 'node:process';
import { crc32 } from 'node:zlib';
import { removeLeftovers } from './leftovers.ts';
import type { FieldValue } from './run-fields.ts';

/** Size, mtime and ctime in milliseconds, inode: what stands for the bytes of a `run.json`. */
export type RunStamp = readonly [size: number, modified: number, changed: number, inode: number];

/** What is remembered of one run. */
export interface IndexRow {
  readonly pipeline: string;
  readonly run: string;
  readonly stamp: RunStamp;
  readonly fields: ReadonlyMap<string, FieldValue>;
}

/** A field of all rows: each one's value by its number in `values`, from 1; 0 where it has none. */
interface Column {
  readonly values: readonly FieldValue[];
  readonly codes: ArrayLike<number>;
}

/** What is remembered of runs, field by field: few fields are asked for, and only these are decoded. */
export interface IndexFile {
  /** Names of runs by pipeline; rows are counted through all of them, in this order. */
  readonly runs: readonly (readonly [pipeline: string, runs: readonly string[]])[];
  /** A `RunStamp` a row. */
  readonly stamps: Float64Array;
  readonly fields: readonly string[];
  /** The values of a field by row. */
  column(field: string): (row: number) => FieldValue | undefined;
}

/** Its number is raised with every change of the layout; a file of another layout counts as none. */
const magic = 'pipe runs 2\n';
const start = magic.length + 8;

type Place = readonly [start: number, length: number];

interface Header {
  readonly runs: Place;
  readonly stamps: Place;
  readonly fields: Readonly<Record<string, readonly [values: Place, codes: Place, bytes: 1 | 2 | 4]>>;
}

/** Undefined where there is none, or it is not as it was written. */
export function readIndexFile(path: string): IndexFile | undefined {
  try {
    const bytes = readFileSync(path);
    if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
    if (crc32(bytes.subarray(magic.length + 4)) !== bytes.readUInt32LE(magic.length)) return undefined;
    return openIndex(bytes);
  } catch {
    return undefined;
  }
}

function openIndex(bytes: Buffer): IndexFile {
  const length = bytes.readUInt32LE(magic.length + 4);
  const header = JSON.parse(bytes.toString('utf8', start, start + length)) as Header;
  const piece = ([from, size]: Place) => bytes.subarray(start + length + from, start + length + from + size);
  const json = (place: Place): unknown => JSON.parse(piece(place).toString());
  const decode = (field: string): Column | undefined => {
    const places = Object.hasOwn(header.fields, field) ? header.fields[field] : undefined;
    if (places === undefined) return undefined;
    const [values, codes, size] = places;
    return { values: json(values) as FieldValue[], codes: codesIn(aligned(piece(codes)), size) };
  };
  return {
    runs: json(header.runs) as [string, string[]][],
    stamps: new Float64Array(aligned(piece(header.stamps))),
    fields: Object.keys(header.fields),
    column(field) {
      const column = decode(field);
      return (row) => column?.values[(column.codes[row] ?? 0) - 1];
    },
  };
}

/** A copy that typed arrays can be made of. */
const aligned = (bytes: Buffer): ArrayBuffer => new Uint8Array(bytes).buffer;

const codesIn = (buffer: ArrayBuffer, size: 1 | 2 | 4): ArrayLike<number> =>
  size === 1 ? new Uint8Array(buffer) : size === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);

/** Replaces the file in one step. It only saves time: where it cannot be written nothing happens. */
export function writeIndexFile(path: string, rows: readonly IndexRow[]): void {
  const aside = `${path}.${pid}.tmp`;
  removeLeftovers(dirname(path), (name) => /^\.index\.\d+\.tmp$/.test(name));
  try {
    writeFileSync(aside, encodeIndex(byPipeline(rows)));
    renameSync(aside, path);
  } catch {
    rmSync(aside, { force: true });
  }
}

function byPipeline(rows: readonly IndexRow[]): ReadonlyMap<string, readonly IndexRow[]> {
  const pipelines = new Map<string, IndexRow[]>();
  for (const row of rows) {
    const own = pipelines.get(row.pipeline) ?? [];
    pipelines.set(row.pipeline, own);
    own.push(row);
  }
  return pipelines;
}

function encodeIndex(pipelines: ReadonlyMap<string, readonly IndexRow[]>): Buffer {
  const rows = [...pipelines.values()].flat();
  const pieces: Uint8Array[] = [];
  let end = 0;
  const add = (bytes: Uint8Array): Place => {
    end += bytes.length;
    pieces.push(bytes);
    return [end - bytes.length, bytes.length];
  };
  const addJson = (value: unknown) => add(Buffer.from(JSON.stringify(value)));
  const header: Header = {
    runs: addJson(Array.from(pipelines, ([pipeline, own]) => [pipeline, own.map(({ run }) => run)])),
    stamps: add(bytesOf(Float64Array.from(rows.flatMap(({ stamp }) => stamp)))),
    fields: Object.fromEntries(
      Array.from(columnsOf(rows), ([field, { values, codes }]) => {
        const size = values.length < 0x100 ? 1 : values.length < 0x10000 ? 2 : 4;
        const array = size === 1 ? new Uint8Array(codes) : size === 2 ? new Uint16Array(codes) : codes;
        return [field, [addJson(values), add(bytesOf(array)), size] as const];
      }),
    ),
  };
  const text = Buffer.from(JSON.stringify(header));
  const whole = Buffer.concat([Buffer.alloc(start), text, ...pieces]);
  whole.write(magic, 'latin1');
  whole.writeUInt32LE(text.length, magic.length + 4);
  whole.writeUInt32LE(crc32(whole.subarray(magic.length + 4)), magic.length);
  return whole;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

interface GrowingColumn {
  readonly values: FieldValue[];
  readonly known: Map<FieldValue, number>;
  readonly codes: Uint32Array;
}

function columnsOf(rows: readonly IndexRow[]): ReadonlyMap<string, GrowingColumn> {
  const columns = new Map<string, GrowingColumn>();
  const empty = (): GrowingColumn => ({ values: [], known: new Map(), codes: new Uint32Array(rows.length) });
  for (const [row, { fields }] of rows.entries()) {
    for (const [field, value] of fields) {
      const column = columns.get(field) ?? empty();
      columns.set(field, column);
      const code = column.known.get(value) ?? column.values.push(value);
      column.known.set(value, code);
      column.codes[row] = code;
    }
  }
  return columns;
}
