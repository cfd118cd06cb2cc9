import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { didYouMean, nearest } from '../spec/did-you-mean.ts';
import { type DamagedRecord, type RunName, isFolder, readRun, runNames, visibleNames } from './read-record.ts';
import type { RunRecord } from './run-record.ts';
import { changedFiles } from './seal.ts';

/** As many runs are named where several may be meant. */
const shownCandidates = 5;

/** A run that was found, and what its `run.json` says. */
export interface FoundRun {
  /** Absolute, where `experiments` is. */
  readonly folder: string;
  readonly record: RunRecord;
}

/**
 * The folder of the run that a person names: `last`, a pipeline (its newest run), a run's name or its beginning, the
 * beginning of the name's last part, `PIPELINE/RUN`, or the path of its folder. What fits exactly goes before what
 * only begins so. Throws a PipeError: `no-runs`, `unknown-run`, `ambiguous-run` (which lists the candidates). Whoever looks
 * for many runs lists their names once.
 */
export function findRun(
  experiments: string,
  wanted: string,
  listNames: () => readonly RunName[] = () => runNames(experiments),
): string {
  const text = withoutFolder(experiments, wanted);
  // Where the whole name is given, 10,000 others need not be looked at.
  if (/^[^./][^/]*\/[^./][^/]*$/.test(text) && isFolder(join(experiments, text))) return join(experiments, text);
  const names = listNames();
  const [newest] = names;
  if (newest === undefined) throw noRuns(experiments);
  if (wanted === 'last') return join(experiments, newest.pipeline, newest.run);
  const { found } = meantRuns(names, text);
  const [first, second] = found;
  if (first === undefined) throw sweepInPlace(experiments, text) ?? unknownRun(wanted, names);
  // Of a pipeline's runs the newest is meant; otherwise it must be clear which one.
  if (second !== undefined && first.pipeline !== text) throw ambiguousRun(wanted, found);
  return join(experiments, first.pipeline, first.run);
}

/** The same with its record. Throws a PipeError (`damaged-record`) too. The record's other files are not checked. */
export function openRun(experiments: string, wanted: string, listNames?: () => readonly RunName[]): FoundRun {
  const folder = findRun(experiments, wanted, listNames);
  const record = readRun(folder);
  if ('detail' in record) throw damagedRecord(record);
  return { folder, record };
}

/**
 * Checks the files of a closed record, or those of them that are named, against the digests in it. Throws a PipeError
 * (`damaged-record`).
 */
export function requireUnchanged({ folder, record }: FoundRun, names?: readonly string[]): void {
  const files = Object.entries(record.files ?? {}).filter(([name]) => names?.includes(name) ?? true);
  const [damage] = changedFiles(folder, { ...record, files: Object.fromEntries(files) });
  if (damage !== undefined) throw damagedRecord(damage);
}

/** The bytes of one file of a closed record, checked; undefined where it has none. Throws a PipeError (`damaged-record`). */
export function readSealed({ folder, record }: FoundRun, name: string): Buffer | undefined {
  const path = join(folder, name);
  const content = readOrNothing(path);
  const digest = record.files?.[name];
  if (digest === undefined) return content;
  if (content === undefined) throw damagedRecord({ path, detail: 'cannot be read' });
  if (createHash('sha256').update(content).digest('hex') === digest) return content;
  throw damagedRecord({ path, detail: 'its bytes are not those that were recorded' });
}

function readOrNothing(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

export function damagedRecord({ path, detail }: DamagedRecord): PipeError {
  return new PipeError('damaged-record', `The record ${path} is damaged: ${detail}.`, {
    exitCode: exitCodes.storeIntegrity,
    advice: 'The other runs are not affected; `pipe ls` lists them. The folder can be deleted.',
  });
}

/** How a text can name a run, or a sweep: the way that fits best decides alone. */
export const waysOfNaming = { whole: 0, home: 1, beginning: 2, lastPart: 3, none: 4 } as const;

/** What a text names among things that each have a home, such as a pipeline, and an id there, and in which way. */
export interface Meant<T> {
  readonly way: number;
  readonly found: readonly T[];
}

export function meant<T>(
  names: readonly T[],
  text: string,
  partsOf: (name: T) => readonly [home: string, id: string],
): Meant<T> {
  const fits: readonly ((home: string, id: string) => boolean)[] = [
    (home, id) => id === text || (text.endsWith(id) && `${home}/${id}` === text),
    (home) => home === text,
    (home, id) => text !== '' && (id.startsWith(text) || `${home}/${id}`.startsWith(text)),
    (_, id) => text !== '' && id.slice(id.lastIndexOf('-') + 1).startsWith(text),
  ];
  for (const [way, fit] of fits.entries()) {
    const found = names.filter((name) => fit(...partsOf(name)));
    if (found.length > 0) return { way, found };
  }
  return { way: waysOfNaming.none, found: [] };
}

export const meantRuns = (names: readonly RunName[], text: string): Meant<RunName> =>
  meant(names, text, ({ pipeline, run }) => [pipeline, run]);

/** `experiments/demo/RUN`, as `pipe run` prints it, is `demo/RUN`. */
function withoutFolder(experiments: string, wanted: string): string {
  const root = resolve(experiments);
  const path = resolve(wanted);
  return path.startsWith(`${root}${sep}`) ? relative(root, path).replaceAll(sep, '/') : wanted;
}

function noRuns(experiments: string): PipeError {
  return new PipeError('no-runs', `There are no runs in ${experiments}.`, {
    exitCode: exitCodes.usage,
    advice: 'Run a pipeline first: pipe run pipelines/demo.yaml',
  });
}

function unknownRun(wanted: string, names: readonly RunName[]): PipeError {
  const short = ['last', ...new Set(names.map(({ pipeline }) => pipeline))];
  const meantWord = nearest(wanted, short);
  const advice = didYouMean(
    wanted,
    meantWord === undefined ? [...short, ...names.map(({ run }) => run)] : short,
    'runs',
  );
  return new PipeError('unknown-run', `There is no run '${wanted}'.`, { exitCode: exitCodes.usage, advice });
}

/** Where a sweep is named in the place of a run. */
function sweepInPlace(experiments: string, text: string): PipeError | undefined {
  const root = join(experiments, '.sweeps');
  const wanted = text.replace(/^\.sweeps\//, '');
  const isNamed = (name: string) =>
    wanted === name || visibleNames(join(root, name)).some((id) => wanted === id || wanted === `${name}/${id}`);
  const name = visibleNames(root).find(isNamed);
  if (name === undefined) return undefined;
  return new PipeError('unknown-run', `'${wanted}' is a sweep, not a run.`, {
    exitCode: exitCodes.usage,
    advice: `\`pipe compare ${wanted}\` lists its trials, \`pipe report ${wanted}\` and \`pipe dash ${wanted}\` show it; \`pipe ls --where sweep=${name}\` lists its runs, of which each can be named here.`,
  });
}

/** @param sweeps that may be meant as well */
export function ambiguousRun(
  wanted: string,
  found: readonly RunName[],
  sweeps: readonly { readonly name: string; readonly id: string }[] = [],
): PipeError {
  const names = [
    ...sweeps.map(({ name, id }) => `the sweep ${name}/${id}`),
    ...found.map(({ pipeline, run }) => `${pipeline}/${run}`),
  ];
  const shown = names.slice(0, shownCandidates);
  const rest = names.length - shown.length;
  const kinds = sweeps.length > 0 ? 'runs and sweeps' : 'runs';
  return new PipeError('ambiguous-run', `'${wanted}' may be any of ${names.length} ${kinds}.`, {
    exitCode: exitCodes.usage,
    advice: `It may be ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`,
  });
}
