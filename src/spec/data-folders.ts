import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { SourceRange } from '../errors.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Findings } from './findings.ts';
import type { Memory } from './memory.ts';
import { parseYaml } from './parse-yaml.ts';
import { readSpecFile } from './read-spec-file.ts';
import { child, isObject, keyPlaceOf, placeOf, type SourceTree } from './source-tree.ts';

export interface DataSettings {
  /** `--data NAME=DIR`, relative to the working folder. */
  readonly data: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute. Holds `.pipe/data.yaml`. */
  readonly workingFolder: string;
}

interface Given {
  /** Absolute. */
  readonly folder: string;
  /** Who said so, for messages. */
  readonly by: string;
}

export interface DataFolders {
  /** Names that the pipeline declares. */
  readonly names: readonly string[];
  /** The folder of a name, which is used then; undefined where none was given. */
  folder(name: string): string | undefined;
  /** Tells of the folders that are used and are not there. */
  check(): Promise<void>;
  /** All that were given, by name. */
  readonly given: Readonly<Record<string, string>>;
}

/** In the order of precedence: `--data`, the environment, `.pipe/data.yaml`, the pipeline's default. */
export async function findDataFolders(
  tree: SourceTree,
  settings: DataSettings,
  findings: Findings,
  memory: Memory | undefined,
): Promise<DataFolders> {
  const declared = child(tree.value, 'data');
  const names = isObject(declared) ? Object.keys(declared) : [];
  for (const name of Object.keys(settings.data)) {
    if (names.includes(name)) continue;
    findings.add(
      'unknown-data',
      undefined,
      `--data ${name}: the pipeline has no data folder \`${name}\`.`,
      didYouMean(name, names, 'data folders'),
    );
  }
  const local = names.length > 0 ? await readLocal(settings, findings, memory) : {};
  const given = new Map<string, Given>();
  for (const name of names) {
    const found = findFolder(name, child(declared, name), tree.file, local, settings);
    if (found) given.set(name, found);
  }
  const used = new Set<string>();
  return {
    names,
    folder(name) {
      used.add(name);
      return given.get(name)?.folder;
    },
    async check() {
      for (const name of used) {
        const found = given.get(name);
        if (found) await checkFolder(name, found, placeOf(tree, ['data', name]), findings);
      }
    },
    given: Object.fromEntries([...given].map(([name, { folder }]) => [name, folder])),
  };
}

/** `emo-db` is PIPE_DATA_EMO_DB. */
export function dataVariable(name: string): string {
  return `PIPE_DATA_${name.toUpperCase().replaceAll('-', '_')}`;
}

export function waysToGive(name: string): string {
  return `Give it with --data ${name}=DIR, with the variable ${dataVariable(name)}=DIR, or with a line \`${name}: DIR\` in .pipe/data.yaml.`;
}

function findFolder(
  name: string,
  fallback: unknown,
  pipelineFile: string,
  local: Readonly<Record<string, unknown>>,
  settings: DataSettings,
): Given | undefined {
  const { data, environment, workingFolder } = settings;
  const variable = dataVariable(name);
  const candidates: readonly (readonly [folder: unknown, base: string, by: string])[] = [
    [Object.hasOwn(data, name) ? data[name] : undefined, workingFolder, `--data ${name}`],
    [environment[variable], workingFolder, variable],
    [Object.hasOwn(local, name) ? local[name] : undefined, workingFolder, '.pipe/data.yaml'],
    [fallback, dirname(pipelineFile), 'the pipeline'],
  ];
  for (const [folder, base, by] of candidates) {
    if (typeof folder === 'string' && folder !== '')
      return { folder: resolve(base, withHome(folder, environment)), by };
  }
  return undefined;
}

/** A shell leaves `~` alone after `=`, and YAML files have no shell. */
function withHome(folder: string, environment: DataSettings['environment']): string {
  const home = environment.HOME ?? environment.USERPROFILE;
  return home !== undefined && /^~(?=$|[/\\])/.test(folder) ? join(home, folder.slice(1)) : folder;
}

async function readLocal(
  settings: DataSettings,
  findings: Findings,
  memory: Memory | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const file = join(settings.workingFolder, '.pipe', 'data.yaml');
  if (!existsSync(file)) return {};
  const read = await readSpecFile(file);
  if ('diagnostic' in read) {
    const { code, message, advice } = read.diagnostic;
    findings.add(code, undefined, message, advice);
    return {};
  }
  const { tree, diagnostics } = parseYaml(file, read.text, memory);
  for (const { code, place, message, advice } of diagnostics) findings.add(code, place, message, advice);
  const value = tree?.value ?? null;
  if (!tree || value === null) return {};
  if (!isObject(value)) {
    findings.add(
      'wrong-type',
      placeOf(tree, []),
      '.pipe/data.yaml must be a mapping of names to folders.',
      'Write a line for each folder, such as `emodb: /data/emodb`.',
    );
    return {};
  }
  for (const [name, folder] of Object.entries(value)) {
    if (typeof folder === 'string' || folder === null) continue;
    findings.add(
      'wrong-type',
      keyPlaceOf(tree, [name]),
      `The folder of \`${name}\` must be text.`,
      'Put it in quotes.',
    );
  }
  return value;
}

async function checkFolder(name: string, { folder, by }: Given, place: SourceRange, findings: Findings): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  const what = found ? 'is not a folder' : 'does not exist';
  findings.add(
    'data-folder-not-found',
    place,
    `The data folder \`${name}\`, ${folder} (from ${by}), ${what}.`,
    waysToGive(name),
  );
}
