import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { PipeError, exitCodes } from '../../errors.ts';
import type { TaskFact } from '../../plan/facts.ts';
import type { RunEvent } from '../../run/events.ts';
import { titleOf } from '../../plan/task-title.ts';
import { namePattern } from '../../spec/names.ts';
import { isHash } from '../../store/layout.ts';
import type { Store } from '../../store/types.ts';
import { systemText } from '../../system-text.ts';
import { readRun } from '../read-record.ts';
import { readFacts, readLines } from '../read-runs.ts';
import { type RunRecord, recordFiles } from '../run-record.ts';
import { changedFiles } from '../seal.ts';
import { bundleError, bundleFiles } from './format.ts';
import { type BundledTask, type Landing, landAll } from './land-tasks.ts';
import { unpackBundle } from './unpack-bundle.ts';

export interface TakenBundle {
  readonly record: RunRecord;
  /** The folder of the record. */
  readonly folder: string;
  /** The very same run was there before. */
  readonly wasThere: boolean;
  /** Tasks whose artifacts are new to the store. */
  readonly added: number;
  /**
   * Tasks whose key has other artifacts here, which stay: their stage depends on chance, or on the machine. Or a run that is on
   * makes them just now.
   */
  readonly others: number;
}

/**
 * Takes in a run that `writeBundle` wrote: artifacts first, the record last, in one step. All of the file is checked before
 * anything lands; the same file again changes nothing. Throws a PipeError: `bundle-…`, `run-clash`.
 */
export async function readBundle(
  file: string,
  experiments: string,
  store: Store,
  signal: AbortSignal,
): Promise<TakenBundle> {
  const folder = importFolder(experiments);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on('exit', remove);
  try {
    const manifest = await unpackBundle(file, folder, signal);
    const record = checkRecord(file, folder, manifest);
    const tasks = tasksWithArtifacts(file, folder);
    const target = join(experiments, record.pipeline, record.run);
    const wasThere = isThere(target, folder);
    signal.throwIfAborted();
    const landed = await landAll(tasks, folder, store, signal);
    if (!wasThere) landRecord(folder, target);
    const count = (what: Landing) => landed.filter((one) => one === what).length;
    return { record, folder: target, wasThere, added: count('added'), others: count('other') + count('busy') };
  } catch (error) {
    throw importFailure(error, { file, experiments, signal });
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** Beside the records, so that one rename takes the new one in; hidden, so that nothing takes it for a pipeline. */
function importFolder(experiments: string): string {
  const prefix = '.import-';
  try {
    mkdirSync(experiments, { recursive: true });
    for (const name of readdirSync(experiments)) {
      const path = join(experiments, name);
      if (!name.startsWith(prefix)) continue;
      // Of an import that was killed; that of a living one may go at any moment.
      const madeAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
      if (madeAt < Date.now() - dayMilliseconds) rmSync(path, { recursive: true, force: true });
    }
    return mkdtempSync(join(experiments, prefix));
  } catch (error) {
    throw importFailure(error, { experiments });
  }
}

const dayMilliseconds = 24 * 3600 * 1000;

function landRecord(folder: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  try {
    renameSync(join(folder, bundleFiles.record), target);
  } catch (error) {
    // Another import may have been quicker.
    if (!isThere(target, folder)) throw error;
  }
}

function importFailure(
  error: unknown,
  { file, experiments, signal }: { file?: string; experiments: string; signal?: AbortSignal },
): unknown {
  if (signal?.aborted === true) {
    return new PipeError('import-interrupted', 'Interrupted: the run was not taken in.', {
      exitCode: exitCodes.interrupted,
    });
  }
  if (error instanceof PipeError || !(error instanceof Error && 'syscall' in error)) return error;
  if (file !== undefined && 'path' in error && error.path === file)
    return bundleError('bundle-missing', file, `cannot be read: ${systemText(error)}`, error);
  return new PipeError(
    'record-not-writable',
    `The run cannot be taken in below ${experiments}: ${systemText(error)}.`,
    {
      exitCode: exitCodes.environment,
      advice: 'Make the folder writable, or choose another workspace with --workspace DIR.',
      cause: error,
    },
  );
}

/** The record must be whole in itself, and named as a run can be. */
function checkRecord(
  file: string,
  folder: string,
  manifest: { readonly pipeline: string; readonly run: string },
): RunRecord {
  const own = join(folder, bundleFiles.record);
  const record = readRun(own);
  if ('detail' in record) throw bundleError('bundle-damaged', file, `has a damaged record: ${record.detail}`);
  const [changed] = changedFiles(own, record);
  if (record.files === undefined || changed !== undefined)
    throw bundleError(
      'bundle-damaged',
      file,
      `has a record whose files are not its own${changed === undefined ? '' : `: ${changed.path.slice(own.length)}`}`,
    );
  const { pipeline, run } = record;
  if (!new RegExp(namePattern).test(pipeline) || !/^[\w-]{1,100}$/.test(run))
    throw bundleError('bundle-unsafe', file, `has a run called '${pipeline}/${run}'`);
  if (pipeline !== manifest.pipeline || run !== manifest.run)
    throw bundleError('bundle-damaged', file, 'has the record of another run than its manifest says');
  return record;
}

/** Tasks all of whose outputs are in the bundle. Every object must belong to a task, by the record's own word. */
function tasksWithArtifacts(file: string, folder: string): readonly BundledTask[] {
  const record = join(folder, bundleFiles.record);
  const facts = Array.from(readFacts(record)).filter((fact): fact is TaskFact => fact.type === 'task');
  // Keys and digests become paths.
  for (const { key, outputs } of facts as readonly { readonly key?: unknown; readonly outputs?: unknown }[]) {
    if (typeof key !== 'string' || !(key === '' || isHash(key)) || typeof outputs !== 'object' || outputs === null)
      throw bundleError('bundle-damaged', file, 'has a task that is none');
    if (!Object.values(outputs).every((digest) => typeof digest === 'string' && isHash(digest)))
      throw bundleError('bundle-unsafe', file, 'has a task whose output is no checksum');
  }
  const pathOf = (digest: string) => join(folder, bundleFiles.objects, digest);
  const complete = facts.filter(({ outputs }) => {
    const digests = Object.values(outputs);
    return digests.length > 0 && digests.every((digest) => existsSync(pathOf(digest)));
  });
  if (complete.some(({ key }) => !isHash(key)))
    throw bundleError('bundle-damaged', file, 'has a task whose key is none');
  const seconds = new Map<string, number>();
  for (const event of readLines(join(record, recordFiles.events), (line) => line as RunEvent))
    if (event.type === 'task-done') seconds.set(titleOf(event.task), event.seconds);
  return complete.map((fact) => ({ fact, seconds: seconds.get(fact.task) ?? 0 }));
}

/** Whether the very run is there already. Throws a PipeError (`run-clash`) where another of its name is. */
function isThere(target: string, folder: string): boolean {
  if (!existsSync(target)) return false;
  const read = (path: string) => (existsSync(path) ? readFileSync(path) : Buffer.alloc(0));
  // The record has the checksums of its other files.
  const [own, bundled] = [join(target, recordFiles.run), join(folder, bundleFiles.record, recordFiles.run)].map(read);
  if (own !== undefined && bundled?.equals(own) === true) return true;
  throw new PipeError('run-clash', `There is another run in ${target}. Nothing was taken in.`, {
    exitCode: exitCodes.usage,
    advice:
      'Runs of one name must be one run. Move one of them away, or import into another workspace: --workspace DIR.',
  });
}
