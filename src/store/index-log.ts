import { appendFileSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { codeOf } from './fs-errors.ts';

/** A name and a JSON value on one line, behind their CRC-32: the form of a record in the log and in the database. */
export function encodeRecord(name: string, value: unknown): string {
  const json = JSON.stringify([name, value]);
  return `${checksum(json)} ${json}`;
}

/** The value of a record, if it is undamaged and that of this name. */
export function decodeRecord(record: string, name: string): unknown {
  const found = parseRecord(record);
  return found?.name === name ? found.value : undefined;
}

export interface Log {
  /** Records by name, the latest of each. */
  readonly records: Map<string, string>;
  readonly bytes: number;
  /** Lines that were once whole. A line that was cut off is what a killed process leaves. */
  readonly damaged: number;
}

export function readLog(path: string): Log {
  const records = new Map<string, string>();
  let damaged = 0;
  const text = readIfThere(path);
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const record = parseRecord(line);
    if (record !== undefined) records.set(record.name, line);
    else if (line.endsWith(']')) damaged += 1;
  }
  return { records, bytes: text.length, damaged };
}

/** Adds records to a log that several processes may add to. Begins a new line, in case the last one was cut off. */
export function appendRecords(path: string, records: readonly string[]): void {
  appendFileSync(path, `\n${records.join('\n')}\n`);
}

function parseRecord(record: string): { readonly name: string; readonly value: unknown } | undefined {
  const json = record.slice(9);
  if (record.slice(0, 9) !== `${checksum(json)} `) return undefined;
  const parsed: unknown = JSON.parse(json);
  if (!Array.isArray(parsed)) return undefined;
  const [name, value] = parsed as readonly unknown[];
  return typeof name === 'string' ? { name, value } : undefined;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}
