import { type Stats, lstatSync, rmSync, statSync } from 'node:fs';
import type { ArtifactType } from '../../stage/index.ts';
import { ArtifactError, canonicalArtifact } from '../../stage/codecs/index.ts';
import type { Digest, ProducedFile } from '../../store/types.ts';
import type { JobAnswer } from '../job.ts';
import { KnownFailure, failed, failureOf } from './failures.ts';
import { type Kin, killKin } from './processes.ts';
import { hashFile, readWhole, writeWhole } from './whole-file.ts';

/** What to do when a task's process has ended. */
export interface Collection {
  /** The processes that it may have left behind. */
  readonly kin: Kin & { readonly groups: readonly number[] };
  /** Output files by name; with the digest that they must have, or else checked to hold what their type says, and put in its canonical form. */
  readonly outputs: Readonly<
    Record<string, { readonly type: ArtifactType; readonly path: string; readonly digest?: Digest }>
  >;
  /** Files and folders that are not needed any more. */
  readonly remove: readonly string[];
}

/**
 * Kills what a task's process left behind and only then reads its outputs, so that nothing a late process writes can
 * land: the digest is that of the bytes that stay. Never rejects.
 */
export async function collect({ kin, outputs, remove }: Collection): Promise<JobAnswer> {
  try {
    await killKin(kin);
    for (const path of remove) rmSync(path, { recursive: true, force: true });
    const produced = Object.entries(outputs).map(([name, output]) => [name, collectOutput(name, output)] as const);
    return { status: 'done', outputs: Object.fromEntries(produced) };
  } catch (error) {
    return failureOf(error, 'outputs-not-collected');
  }
}

function collectOutput(name: string, { type, path, digest }: Collection['outputs'][string]): ProducedFile {
  const state = lstatSync(path, { throwIfNoEntry: false });
  if (state === undefined || !isFile(path, state)) {
    throw wrong(
      state === undefined ? 'missing-output' : 'wrong-output',
      `The output '${name}' ${state === undefined ? 'was not written' : 'is not a file'} (${path}).`,
    );
  }
  // What is linked elsewhere could still be changed from there.
  if (state.isSymbolicLink() || state.nlink > 1) {
    const bytes = readWhole(path);
    rmSync(path);
    writeWhole(path, bytes);
  }
  if (digest === undefined && type !== 'file') canonicalise(name, type, path);
  const found = hashFile(path);
  if (digest !== undefined && found.digest !== digest) {
    throw wrong(
      'overwritten-output',
      `The output '${name}' was written to by something else before the task had ended.`,
    );
  }
  return { path, ...found };
}

/** A file, or a link to one: opening anything else, such as a named pipe, might never return. */
function isFile(path: string, state: Stats): boolean {
  if (!state.isSymbolicLink()) return state.isFile();
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function canonicalise(name: string, type: ArtifactType, path: string): void {
  const written = readWhole(path);
  try {
    const bytes = canonicalArtifact(type, written);
    if (Buffer.compare(bytes, written) !== 0) writeWhole(path, bytes);
  } catch (error) {
    if (error instanceof ArtifactError) throw wrong('wrong-output', `The output '${name}' ${error.message}.`);
    throw error;
  }
}

function wrong(code: string, message: string): KnownFailure {
  return new KnownFailure(failed('output', code, message));
}
