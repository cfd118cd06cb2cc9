import { join } from 'node:path';
import type { ArtifactType, ArtifactValue } from '../../stage/index.ts';
import { ArtifactError, artifactExtension, encodeArtifact } from '../../stage/codecs/index.ts';
import type { ProducedFile } from '../../store/types.ts';
import type { Job } from '../job.ts';
import { KnownFailure, failed } from './failures.ts';
import { sha256, writeWhole } from './whole-file.ts';

/**
 * Checks what a stage returned against what it declares, and writes it to the scratch folder.
 * Throws a `KnownFailure` (`output`) that names the output and what is wrong with it.
 */
export function writeOutputs(returned: unknown, job: Job): Record<string, ProducedFile> {
  const names = Object.keys(job.outputs);
  if (typeof returned !== 'object' || returned === null) {
    throw wrong('wrong-output', `The stage must return { ${names.join(', ')} }, but returned ${String(returned)}.`);
  }
  const values = new Map<string, unknown>(Object.entries(returned));
  const undeclared = [...values.keys()].find((name) => !names.includes(name));
  if (undeclared !== undefined) {
    throw wrong(
      'undeclared-output',
      `The stage returned '${undeclared}', which is not among its outputs (${names.join(', ')}).`,
    );
  }
  // All are checked before the first is written.
  const encoded = Object.entries(job.outputs).map(
    ([name, type]) => [name, encode(name, type, values.get(name))] as const,
  );
  return Object.fromEntries(
    encoded.map(([name, bytes]) => {
      const path = outputPath(job.scratch, name, job.outputs[name] ?? 'file');
      writeWhole(path, bytes);
      return [name, { path, digest: sha256(bytes), size: bytes.length }];
    }),
  );
}

/** Where an output of this name lies in a folder. */
export function outputPath(folder: string, name: string, type: ArtifactType): string {
  return join(folder, `${encodeURIComponent(name)}${artifactExtension(type)}`);
}

function encode(name: string, type: ArtifactType, value: unknown): Uint8Array {
  if (value === undefined) throw wrong('missing-output', `The stage did not return its output '${name}'.`);
  try {
    // The codec checks the value at run time: a stage's types hold only as far as its code was checked.
    return encodeArtifact(type, value as ArtifactValue as never);
  } catch (error) {
    if (error instanceof ArtifactError) throw wrong('wrong-output', `The output '${name}' ${error.message}.`);
    throw error;
  }
}

function wrong(code: string, message: string): KnownFailure {
  return new KnownFailure(
    failed('output', code, message, { advice: "Mend the stage's code: its outputs must be what it declares." }),
  );
}
