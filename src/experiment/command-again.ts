import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseYaml } from '../spec/parse-yaml.ts';
import { isObject, valueAt } from '../spec/source-tree.ts';
import type { FoundRun } from './find-runs.ts';
import type { RunRecord } from './run-record.ts';

/** What a command was told to do, as records say. */
interface Given {
  readonly spec: string;
  readonly overrides: readonly string[];
  readonly data: Readonly<Record<string, string>>;
  readonly engine?: string;
}

/** The command that makes a recorded run again. */
export function runCommand({ spec, overrides, data, engines = {} }: RunRecord): string {
  const names = new Set(Object.values(engines).map((text) => /^[^\s,]*/.exec(text)?.[0]));
  const [engine] = names;
  // Several are those that the file itself names.
  const given = names.size === 1 && engine !== undefined ? { engine } : {};
  return commandLine('pipe run', { spec, overrides, data, ...given });
}

/** The command with which a sweep goes on. `folder`: that of its record. */
export function sweepCommand(folder: string, { spec, overrides, data, engine }: Given): string {
  const given = overrides.slice(settingsIn(join(folder, 'sweep.yaml')));
  return commandLine('pipe sweep', { spec, overrides: given, data, ...(engine !== undefined && { engine }) });
}

/** The command with which a run that did not come to its end goes on: of a trial, that of its sweep. */
export function commandAgain({ folder, record }: FoundRun): string {
  if (record.sweep === undefined) return runCommand(record);
  const { name, id } = record.sweep;
  const home = join(dirname(dirname(folder)), '.sweeps', name, id);
  const sweep = readGiven(join(home, 'sweep.json'));
  return sweep === undefined ? `pipe sweep ${quote(name)}` : sweepCommand(home, sweep);
}

/** A command of `pipe` with what its file was given besides, as a shell reads it. */
function commandLine(command: string, { spec, overrides, data, engine }: Given): string {
  return [
    command,
    quote(spec),
    ...overrides.map((override) => `--set ${quote(override)}`),
    ...Object.entries(data).map(([name, path]) => `--data ${quote(`${name}=${path}`)}`),
    ...(engine === undefined ? [] : [`--engine ${quote(engine)}`]),
  ].join(' ');
}

/** Of the record of a sweep, if it is there. */
function readGiven(path: string): Given | undefined {
  try {
    const { spec, overrides = [], data = {}, engine } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Given>;
    return spec === undefined ? undefined : { spec, overrides, data, ...(engine !== undefined && { engine }) };
  } catch {
    return undefined;
  }
}

/** How many settings the `set` of a sweep's file has: they stand first among the recorded overrides. */
function settingsIn(file: string): number {
  try {
    const tree = parseYaml(file, readFileSync(file, 'utf8')).tree?.value;
    const set = valueAt(tree, ['sweep', 'set']);
    return isObject(set) ? Object.keys(set).length : 0;
  } catch {
    return 0;
  }
}

const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
