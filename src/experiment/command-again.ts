import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FoundRun } from './find-runs.ts';
import type { RunRecord } from './run-record.ts';

/** A command of `pipe` with what its file was given besides, as a shell reads it. */
export function commandLine(
  command: string,
  { spec, overrides, data }: Pick<RunRecord, 'spec' | 'overrides' | 'data'>,
): string {
  return [
    command,
    quote(spec),
    ...overrides.map((override) => `--set ${quote(override)}`),
    ...Object.entries(data).map(([name, path]) => `--data ${quote(`${name}=${path}`)}`),
  ].join(' ');
}

/** The command with which a run that did not come to its end goes on: of a trial, that of its sweep. */
export function commandAgain({ folder, record }: FoundRun): string {
  const { sweep, engines = {} } = record;
  if (sweep !== undefined) return `pipe sweep ${quote(sweepFile(folder, sweep) ?? sweep.name)}`;
  const names = new Set(Object.values(engines).map((text) => text.split(' ')[0] ?? ''));
  const [engine] = names;
  // Several are those that the file itself names.
  const given = names.size === 1 && engine !== undefined ? ` --engine ${quote(engine)}` : '';
  return `${commandLine('pipe run', record)}${given}`;
}

/** The file of a sweep, if its record is there. */
function sweepFile(folder: string, { name, id }: { readonly name: string; readonly id: string }): string | undefined {
  try {
    const path = join(dirname(dirname(folder)), '.sweeps', name, id, 'sweep.json');
    const { spec } = JSON.parse(readFileSync(path, 'utf8')) as { readonly spec?: unknown };
    return typeof spec === 'string' ? spec : undefined;
  } catch {
    return undefined;
  }
}

export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
