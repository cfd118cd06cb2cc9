import { randomUUID } from 'node:crypto';
import { closeSync, createWriteStream, existsSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline as connect } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Pack, pack as createPack } from 'tar-stream';
import { PipeError, exitCodes } from '../../errors.ts';
import type { TaskFact } from '../../plan/facts.ts';
import type { Digest, Store } from '../../store/types.ts';
import { systemText } from '../../system-text.ts';
import { type FoundRun, requireUnchanged } from '../find-runs.ts';
import { readFacts, readResults } from '../read-runs.ts';
import { recordFiles } from '../run-record.ts';
import { type ArtifactChoice, chooseArtifacts } from './choose-artifacts.ts';
import {
  type BundledArtifact,
  type BundledFile,
  type Manifest,
  bundleFiles,
  bundleFormat,
  bundleVersion,
  sha256,
} from './format.ts';
import { readmeText } from './readme.ts';

export interface WrittenBundle {
  readonly file: string;
  readonly artifacts: readonly BundledArtifact[];
  /** Stages whose artifacts are gone, and that may have given models. */
  readonly absent: readonly string[];
  /** Of the artifacts, each counted once, in bytes. */
  readonly artifactBytes: number;
}

/**
 * Writes a run to one file, with the artifacts that are chosen. Equal runs give equal bytes. Throws a PipeError:
 * `run-not-closed`, `damaged-record`, `artifact-gone`, `damaged-artifact`, `file-exists`, `file-not-writable`.
 */
export async function writeBundle(
  found: FoundRun,
  store: Store,
  file: string,
  choices: ReadonlySet<ArtifactChoice>,
  signal: AbortSignal,
): Promise<WrittenBundle> {
  requireClosed(found);
  requireUnchanged(found);
  if (existsSync(file)) throw fileExists(file);
  const { folder, record } = found;
  const tasks = Array.from(readFacts(folder)).filter((fact): fact is TaskFact => fact.type === 'task');
  const { artifacts, absent } = chooseArtifacts(tasks, readResults(folder), choices, store);
  const small = smallFiles(folder, readmeText(record, artifacts.length), artifacts);
  const objects = new Map(artifacts.map(({ sha256: digest, size }) => [digest, size]));
  const manifest = manifestOf(found, small, objects);
  const aside = `${file}.${randomUUID()}.tmp`;
  try {
    // Opened before anything flows: a stream that cannot be opened fails where nobody listens.
    const fd = openSync(aside, 'wx');
    const pack = createPack();
    const written = connect(pack, createGzip({ level: 6 }), createWriteStream('', { fd }), { signal });
    await Promise.all([fill(pack, manifest, small, [...objects.keys()], store), written]);
    putInPlace(aside, file);
  } catch (error) {
    throw writeFailure(error, file, signal);
  } finally {
    rmSync(aside, { force: true });
  }
  return { file, artifacts, absent, artifactBytes: [...objects.values()].reduce((sum, size) => sum + size, 0) };
}

/** Not over a file that has come meanwhile. By a link it would be one step, but not all file systems have them. */
function putInPlace(aside: string, file: string): void {
  closeSync(openSync(file, 'wx'));
  try {
    renameSync(aside, file);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

function requireClosed({ record }: FoundRun): void {
  if (record.files !== undefined) return;
  const state = {
    running: 'is still on',
    interrupted: 'was killed',
    done: 'was recorded without checksums, by an older pipe',
    failed: 'was recorded without checksums, by an older pipe',
  }[record.status];
  throw new PipeError('run-not-closed', `The run ${record.pipeline}/${record.run} ${state}.`, {
    exitCode: exitCodes.usage,
    advice: 'Only a run that has come to its end can be shared: pipe ls --where status=done',
  });
}

function smallFiles(
  folder: string,
  readme: string,
  artifacts: readonly BundledArtifact[],
): ReadonlyMap<string, Uint8Array> {
  const record = Object.values(recordFiles)
    .filter((name) => existsSync(join(folder, name)))
    .sort()
    .map((name): [string, Uint8Array] => [`${bundleFiles.record}${name}`, readFileSync(join(folder, name))]);
  return new Map([
    [bundleFiles.readme, Buffer.from(readme)],
    [bundleFiles.artifacts, Buffer.from(`${JSON.stringify(artifacts, undefined, 1)}\n`)],
    ...record,
  ]);
}

function manifestOf(
  { record }: FoundRun,
  small: ReadonlyMap<string, Uint8Array>,
  objects: ReadonlyMap<string, number>,
): Manifest {
  const files: [string, BundledFile][] = [
    ...Array.from(small, ([name, bytes]): [string, BundledFile] => [
      name,
      { sha256: sha256(bytes), size: bytes.length },
    ]),
    ...Array.from(objects, ([digest, size]): [string, BundledFile] => [
      `${bundleFiles.objects}${digest}`,
      { sha256: digest, size },
    ]),
  ];
  return {
    format: bundleFormat,
    version: bundleVersion,
    pipeline: record.pipeline,
    run: record.run,
    files: Object.fromEntries(files),
  };
}

/** One object in memory at a time; each is checked when it is read. */
async function fill(
  pack: Pack,
  manifest: Manifest,
  small: ReadonlyMap<string, Uint8Array>,
  objects: readonly string[],
  store: Store,
): Promise<void> {
  await addFile(pack, bundleFiles.manifest, Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`));
  for (const [name, bytes] of small) await addFile(pack, name, bytes);
  for (const digest of objects) {
    const bytes = store.read(digest as Digest);
    if (bytes === undefined) {
      const error = new PipeError('damaged-artifact', `The artifact ${digest} is damaged.`, {
        exitCode: exitCodes.storeIntegrity,
        advice: 'Run the pipeline again: it was set aside, and is made anew.',
      });
      pack.destroy(error);
      throw error;
    }
    await addFile(pack, `${bundleFiles.objects}${digest}`, bytes);
  }
  pack.finalize();
}

/** Without time, owner and rights of their own, which would be other bytes each time. */
function addFile(pack: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const header = { name, size: bytes.length, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0 };
    const entry = pack.entry(header, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (error) => {
      if (error) reject(error);
      else resolve();
    });
    entry.on('error', reject);
  });
}

const fileExists = (file: string): PipeError =>
  new PipeError('file-exists', `${file} exists already.`, {
    exitCode: exitCodes.usage,
    advice: 'Remove it, or name another by -o FILE.',
  });

function writeFailure(error: unknown, file: string, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new PipeError('export-interrupted', 'Interrupted: nothing was written.', {
      exitCode: exitCodes.interrupted,
    });
  }
  if (error instanceof PipeError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EEXIST') return fileExists(file);
  return new PipeError('file-not-writable', `${file} cannot be written: ${systemText(error)}.`, {
    exitCode: exitCodes.environment,
    advice: 'Name another file by -o FILE.',
    cause: error,
  });
}
