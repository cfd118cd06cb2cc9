import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { PipeError, exitCodes } from '../errors.ts';
import { type Meant, ambiguousRun, meant, meantRuns, waysOfNaming } from '../experiment/find-runs.ts';
import { type DamagedRecord, changedFiles, damagedRecord, readRun, runNames } from '../experiment/index.ts';
import { isSealed } from '../experiment/seal.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { isRunning, machine } from '../store/process-start.ts';
import { systemText } from '../system-text.ts';
import { type SweepRecord, type TrialRecord, sweepFiles, sweepFormat } from './sweep-record.ts';

/** Below `experiments/`. */
export const sweepsFolder = '.sweeps';

export interface Sweep {
  readonly folder: string;
  readonly record: SweepRecord;
  /** By search, then number. */
  readonly trials: readonly TrialRecord[];
}

/**
 * One sweep with its trials; a sweep that says `running` but whose process is gone was interrupted.
 *
 * @param checked files that must have the checksums that the record has of them
 */
export function readSweep(folder: string, checked: readonly string[] = [sweepFiles.trials]): Sweep | DamagedRecord {
  const path = join(folder, sweepFiles.sweep);
  for (let before = ''; ;) {
    const text = readText(path);
    if (typeof text !== 'string') return { path, detail: systemText(text.error) };
    const sweep = parseSweep(folder, text, checked);
    // One that goes on between the reads of two files says so in its record before anything else.
    if (!('detail' in sweep) || text === before) return sweep;
    before = text;
  }
}

function parseSweep(folder: string, text: string, checked: readonly string[]): Sweep | DamagedRecord {
  const path = join(folder, sweepFiles.sweep);
  try {
    const record = JSON.parse(text) as Partial<SweepRecord> | null;
    if (record?.format !== sweepFormat) return { path, detail: `its format is ${String(record?.format)}, not 1` };
    if (!isComplete(record)) return { path, detail: 'it lacks fields that every record has' };
    if (!isSealed(record)) return { path, detail: 'it does not have its checksum' };
    const sums = Object.entries(record.files ?? {}).filter(([name]) => checked.includes(name));
    const [damage] = changedFiles(folder, { files: Object.fromEntries(sums) });
    if (damage !== undefined) return damage;
    const { machine: where, pid, start } = record.process;
    const isDead = record.status === 'running' && where === machine && !isRunning(pid, start);
    const known: SweepRecord = isDead ? endFinals({ ...record, status: 'interrupted' }) : record;
    return { folder, record: known, trials: readTrials(folder) };
  } catch (error) {
    return { path, detail: systemText(error) };
  }
}

/** Nothing runs of a sweep that has ended. */
export function endFinals(record: SweepRecord): SweepRecord {
  if (record.final === undefined) return record;
  const final = record.final.map((run) =>
    run.status === 'running' ? { ...run, status: 'interrupted' as const } : run,
  );
  return { ...record, final };
}

/** The same. Throws a PipeError (`damaged-record`) where it cannot be read. */
export function openSweep(folder: string): Sweep {
  const sweep = readSweep(folder);
  if ('detail' in sweep) throw damagedRecord(sweep);
  return sweep;
}

/** Everything that is damaged in the records of sweeps: reads all their files. */
export function checkSweeps(experiments: string): readonly DamagedRecord[] {
  return recordedSweeps(experiments).flatMap(({ name, id }) => {
    const sweep = readSweep(join(experiments, sweepsFolder, name, id), Object.values(sweepFiles));
    return 'detail' in sweep ? [sweep] : [];
  });
}

/** Trials on record, by search and number; of a trial's lines the last one counts. A line cut off by a kill is left out. */
export function readTrials(folder: string): readonly TrialRecord[] {
  const trials = new Map<string, TrialRecord>();
  for (const line of linesOf(join(folder, sweepFiles.trials))) {
    const trial = parseTrial(line);
    if (trial !== undefined) trials.set(`${trial.search}/${trial.trial}`, trial);
  }
  return [...trials.values()].sort((a, b) =>
    a.search === b.search ? a.trial - b.trial : a.search < b.search ? -1 : 1,
  );
}

export interface SweepName {
  readonly name: string;
  readonly id: string;
}

/** Names of all sweeps, newest first; nothing is opened. */
export function sweepNames(experiments: string, name?: string): readonly SweepName[] {
  const root = join(experiments, sweepsFolder);
  const names = name === undefined ? folders(root) : [name];
  return names
    .flatMap((found) => folders(join(root, found)).map((id) => ({ name: found, id })))
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Without those that were killed before they had a record. */
const recordedSweeps = (experiments: string): readonly SweepName[] =>
  sweepNames(experiments).filter(({ name, id }) =>
    existsSync(join(experiments, sweepsFolder, name, id, sweepFiles.sweep)),
  );

/**
 * The folder of the sweep that a person names: `last`, a sweep's name (its newest record), an id, its beginning or the
 * beginning of its last part, `NAME/ID`, or the path of its folder. Throws a PipeError: `no-sweeps`, `unknown-sweep`,
 * `ambiguous-sweep`.
 */
export function findSweep(experiments: string, wanted: string): string {
  const names = recordedSweeps(experiments);
  const [newest] = names;
  if (newest === undefined) throw noSweeps(experiments);
  const folderOf = ({ name, id }: SweepName) => join(experiments, sweepsFolder, name, id);
  if (wanted === 'last') return folderOf(newest);
  const text = withoutFolder(experiments, wanted);
  const { found } = meantSweeps(names, text);
  const [first, second] = found;
  if (first === undefined) throw unknownSweep(wanted, names);
  if (second !== undefined && first.name !== text) throw ambiguousSweep(wanted, found);
  return folderOf(first);
}

/**
 * Whether a person who writes this means a sweep that is there, and not a run. What fits a run better is one: `demo` is the
 * pipeline, beside a sweep `demo-depth`. Throws a PipeError (`ambiguous-run`) for the beginning of both, where the run is not
 * the sweep's own: those of its trials are in it.
 */
export function isSweep(experiments: string, wanted: string): boolean {
  if (wanted === 'last') return false;
  const text = withoutFolder(experiments, wanted);
  const sweeps = meantSweeps(recordedSweeps(experiments), text);
  if (sweeps.way <= waysOfNaming.home) return true;
  const runs = meantRuns(sweeps.found.length === 0 ? [] : runNames(experiments), text);
  if (sweeps.way !== runs.way) return sweeps.way < runs.way;
  const ids = new Set(sweeps.found.map(({ id }) => id));
  const others = runs.found.filter(({ pipeline, run }) => !isOf(ids, join(experiments, pipeline, run)));
  if (others.length > 0) throw ambiguousRun(wanted, others, sweeps.found);
  return sweeps.found.length > 0;
}

function isOf(sweeps: ReadonlySet<string>, folder: string): boolean {
  const run = readRun(folder);
  return !('detail' in run) && run.sweep !== undefined && sweeps.has(run.sweep.id);
}

const meantSweeps = (names: readonly SweepName[], text: string): Meant<SweepName> =>
  meant(names, text, ({ name, id }) => [name, id]);

function withoutFolder(experiments: string, wanted: string): string {
  const root = resolve(experiments, sweepsFolder);
  const path = resolve(wanted);
  return path.startsWith(`${root}${sep}`) ? relative(root, path).replaceAll(sep, '/') : wanted;
}

const isComplete = (record: Partial<SweepRecord>): record is SweepRecord =>
  record.name !== undefined &&
  record.id !== undefined &&
  record.status !== undefined &&
  record.definition !== undefined &&
  record.objective !== undefined &&
  record.process !== undefined;

function parseTrial(line: string): TrialRecord | undefined {
  try {
    const trial = JSON.parse(line) as Partial<TrialRecord> | null;
    if (typeof trial?.trial !== 'number' || typeof trial.search !== 'string') return undefined;
    return trial.configuration === undefined || trial.status === undefined ? undefined : (trial as TrialRecord);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | { readonly error: unknown } {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return { error };
  }
}

function linesOf(path: string): readonly string[] {
  const text = readText(path);
  return typeof text === 'string' ? text.split('\n') : [];
}

function folders(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

function noSweeps(experiments: string): PipeError {
  return new PipeError('no-sweeps', `There are no sweeps in ${experiments}.`, {
    exitCode: exitCodes.usage,
    advice: 'Begin one: pipe sweep pipelines/sweeps/demo-depth.yaml',
  });
}

function unknownSweep(wanted: string, names: readonly SweepName[]): PipeError {
  const words = [...new Set(names.map(({ name }) => name)), ...names.map(({ id }) => id)];
  return new PipeError('unknown-sweep', `There is no sweep '${wanted}'.`, {
    exitCode: exitCodes.usage,
    advice: didYouMean(wanted, words, 'sweeps'),
  });
}

function ambiguousSweep(wanted: string, found: readonly SweepName[]): PipeError {
  const shown = found.slice(0, 5).map(({ name, id }) => `${name}/${id}`);
  const rest = found.length - shown.length;
  return new PipeError('ambiguous-sweep', `'${wanted}' may be any of ${found.length} sweeps.`, {
    exitCode: exitCodes.usage,
    advice: `It may be ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}.`,
  });
}
