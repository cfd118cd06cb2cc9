import { type Stats, lstatSync, rmSync, statSync } from 'node:fs';
import type { ArtifactType } from '../../stage/index.ts';
import { ArtifactError, canonicalArtifact } from '../../stage/codecs/index.ts';
import type { Digest, ProducedFile } from '../../store/types.ts';
import type { JobAnswer } from '../job.ts';
import { KnownFailure, failed, failureOf } from './failures.ts';
import { type Kin, killKin } from './processes.ts';
import { readWhole, sha256, writeWhole } from './whole-file.ts';

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
  const written = readWhole(path);
  if (digest !== undefined && sha256(written) !== digest) {
    throw wrong(
      'overwritten-output',
      `The output '${name}' was written to by something else before the task had ended.`,
    );
  }
  const bytes = digest === undefined ? canonical(name, type, written) : written;
  // What is linked elsewhere could still be changed from there.
  const linked = state.isSymbolicLink() || state.nlink > 1;
  if (linked) rmSync(path);
  if (linked || Buffer.compare(bytes, written) !== 0) writeWhole(path, bytes);
  return { path, digest: sha256(bytes), size: bytes.length };
}

/** A file, or a link to one: opening anything else, such as a named pipe, might never return. */
function isFile(path: string, state: Stats): boolean {
  if (!state.isSymbolicLink()) return state.isFile();
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function canonical(name: string, type: ArtifactType, bytes: Uint8Array): Uint8Array {
  try {
    return canonicalArtifact(type, bytes);
  } catch (error) {
    if (error instanceof ArtifactError) throw wrong('wrong-output', `The output '${name}' ${error.message}.`);
    throw error;
  }
}

function wrong(code: string, message: string): KnownFailure {
  return new KnownFailure(failed('output', code, message));
}
