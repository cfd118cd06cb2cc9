import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';
import { damagedRecord, newRunId } from '../experiment/index.ts';
import { type GitState, describeEnvironment } from '../experiment/environment.ts';
import { seal } from '../experiment/seal.ts';
import { writeWhole } from '../experiment/write-record.ts';
import { machine, startOf } from '../store/process-start.ts';
import { systemText } from '../system-text.ts';
import { requireSameSweep } from './definition.ts';
import { type Sweep, endFinals, readSweep, sweepNames, sweepsFolder } from './read-sweep.ts';
import { type FinalRun, type SweepRecord, type TrialRecord, sweepFiles, sweepFormat } from './sweep-record.ts';

/** What a sweep knows of itself when it begins. */
export type SweepFacts = Omit<
  SweepRecord,
  'format' | 'id' | 'status' | 'startedAt' | 'resumedAt' | 'seconds' | 'process' | 'environment'
>;

/** Writes the record of a sweep; it is kept for people, and nothing that the sweep does depends on it. */
export interface SweepWriter {
  readonly folder: string;
  readonly id: string;
  /** What an earlier start of the same sweep has recorded. */
  readonly earlier: { readonly trials: readonly TrialRecord[]; readonly record: SweepRecord | undefined };
  /**
   * A trial as it is now. `isSettled`: nothing more comes of it; otherwise what is on record of a later rung of the same stays.
   */
  trial(record: TrialRecord, isSettled?: boolean): void;
  /** A run that reads the test data: when it begins, so that it is on record whatever becomes of it, and when it has ended. */
  final(run: FinalRun): void;
  /** All of them, those of earlier starts too. */
  finals(): readonly FinalRun[];
  /** Adds how long this start took. */
  close(end: Partial<SweepRecord> & { readonly status: SweepRecord['status'] }): void;
}

/**
 * Goes on with the newest record of a sweep of this name, or begins one. Throws a PipeError: `sweep-changed`, `sweep-running`,
 * `damaged-record`, `record-not-writable`.
 *
 * @param text of the sweep's file
 * @param git of the pipeline's folder
 */
export function openSweepWriter(
  experiments: string,
  facts: SweepFacts,
  text: string,
  { isNew, git }: { readonly isNew: boolean; readonly git?: GitState },
): SweepWriter {
  const earlier = isNew ? undefined : recordToGoOnWith(experiments, facts);
  const id = earlier?.record.id ?? newRunId();
  const folder = join(experiments, sweepsFolder, facts.name, id);
  const [now, began] = [new Date().toISOString(), performance.now()];
  const secondsBefore = earlier ? secondsOf(earlier) : 0;
  let record: SweepRecord = {
    ...facts,
    format: sweepFormat,
    id,
    status: 'running',
    startedAt: earlier?.record.startedAt ?? now,
    ...(earlier && { resumedAt: now, seconds: secondsBefore }),
    ...(earlier?.record.final && { final: earlier.record.final }),
    process: { machine, pid: process.pid, start: startOf(process.pid) ?? '' },
    environment: { ...describeEnvironment(), ...(git && { git }) },
  };
  const write = () =>
    guarded(folder, () => writeWhole(join(folder, sweepFiles.sweep), JSON.stringify(seal(record), undefined, 1)));
  const trialsFile = join(folder, sweepFiles.trials);
  const known = new Map(earlier?.trials.map((trial) => [nameOf(trial), trial]));
  guarded(folder, () => mkdirSync(folder, { recursive: true }));
  // Before anything else: one that is killed right here goes on from its record, whose checksums are written at its end.
  write();
  guarded(folder, () => {
    writeWhole(join(folder, sweepFiles.spec), text);
    endLine(trialsFile);
  });
  return {
    folder,
    id,
    earlier: { trials: earlier?.trials ?? [], record: earlier?.record },
    trial(trial, isSettled = false) {
      const before = known.get(nameOf(trial));
      if (isSettled ? isEqual(before, trial) : goesOn(before, trial)) return;
      known.set(nameOf(trial), trial);
      guarded(folder, () => appendFileSync(trialsFile, `${JSON.stringify(trial)}\n`));
    },
    final(run) {
      record = { ...record, final: withFinal(record.final ?? [], run) };
      write();
    },
    finals: () => record.final ?? [],
    close(end) {
      const seconds = secondsBefore + (performance.now() - began) / 1000;
      record = endFinals({ ...record, endedAt: new Date().toISOString(), seconds, ...end, files: digests(folder) });
      write();
    },
  };
}

/** How long all starts of a sweep took. One that was killed lasted until its last trial was recorded, or a little longer. */
function secondsOf({ folder, record }: Sweep): number {
  const { seconds = 0, startedAt, resumedAt = startedAt, endedAt } = record;
  if (endedAt !== undefined) return seconds;
  const last = statSync(join(folder, sweepFiles.trials), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return seconds + Math.max(0, last - Date.parse(resumedAt)) / 1000;
}

/** Whether a line on record is the same, or that of a later rung of the same. */
function goesOn(known: TrialRecord | undefined, trial: TrialRecord): boolean {
  if (known === undefined) return false;
  const { rungs = [] } = trial;
  const isLater = (known.rungs?.length ?? 0) > rungs.length;
  return isLater && trial.status !== 'failed'
    ? JSON.stringify(known.rungs?.slice(0, rungs.length)) === JSON.stringify(rungs)
    : isEqual(known, trial);
}

const isEqual = (known: TrialRecord | undefined, trial: TrialRecord): boolean =>
  JSON.stringify(known) === JSON.stringify(trial);

/** In the place of the same one; of which stays that it was done. */
function withFinal(finals: readonly FinalRun[], run: FinalRun): readonly FinalRun[] {
  const isSame = ({ overrides }: FinalRun) => JSON.stringify(overrides) === JSON.stringify(run.overrides);
  const known = finals.find(isSame);
  if (known === undefined) return [...finals, run];
  if (known.status === 'done' && run.status !== 'done' && run.status !== 'failed') return finals;
  return finals.map((one) => (one === known ? run : one));
}

const nameOf = ({ search, trial }: TrialRecord): string => `${search}/${trial}`;

/** The newest record of a sweep of this name, if there is one. Throws a PipeError `damaged-record`. */
export function newestSweep(experiments: string, name: string): Sweep | undefined {
  const folderOf = (id: string) => join(experiments, sweepsFolder, name, id);
  // One that was killed before it had a record has none.
  const newest = sweepNames(experiments, name).find(({ id }) => existsSync(join(folderOf(id), sweepFiles.sweep)));
  if (newest === undefined) return undefined;
  const sweep = readSweep(folderOf(newest.id));
  if ('detail' in sweep) throw damagedRecord(sweep);
  return sweep;
}

function recordToGoOnWith(experiments: string, facts: SweepFacts): Sweep | undefined {
  const sweep = newestSweep(experiments, facts.name);
  if (sweep === undefined) return undefined;
  requireSameSweep(sweep.record, facts.definition);
  if (sweep.record.status !== 'running' || isOwn(sweep.record.process)) return sweep;
  throw new PipeError(
    'sweep-running',
    `The sweep ${facts.name} is on: ${sweep.record.id}, process ${sweep.record.process.pid}.`,
    {
      exitCode: exitCodes.usage,
      advice:
        'Wait for its end, or stop it by Ctrl-C: it goes on from there when it is started again. If its machine is gone, begin anew with --new: what is done is not done again.',
    },
  );
}

/** Process ids of other machines, and of earlier times, say nothing. */
const isOwn = ({ machine: where, pid, start }: SweepRecord['process']): boolean =>
  where === machine && pid === process.pid && start === (startOf(process.pid) ?? '');

/** A line that was cut off by a kill must not spoil the next one. */
function endLine(path: string): void {
  if (existsSync(path) && !/(^|\n)$/.test(readFileSync(path, 'utf8'))) appendFileSync(path, '\n');
}

function digests(folder: string): Readonly<Record<string, string>> {
  const others = [sweepFiles.spec, sweepFiles.trials].filter((name) => existsSync(join(folder, name)));
  return Object.fromEntries(
    others.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

function guarded<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new PipeError('record-not-writable', `The sweep cannot be recorded in ${folder}: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Make the folder writable, or choose another workspace with --workspace DIR.',
      cause,
    });
  }
}
