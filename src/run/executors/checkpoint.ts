import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Checkpoint } from '../../stage/index.ts';
import type { Job } from '../job.ts';
import { attempt } from './attempt.ts';
import { codeOf } from './failures.ts';
import { makeFolder } from './make-folder.ts';
import { readWhole, sha256, writeWhole } from './whole-file.ts';

/** Hex digits of the digest that a state begins with. */
const digestLength = 64;

/**
 * The state of a long task in one file: a digest over the task's key and the state, then the state. A state that was cut
 * off, damaged or saved for another task counts as none.
 */
export function checkpointOf({ checkpoint: path, key }: Pick<Job, 'checkpoint' | 'key'>): Checkpoint {
  const digestOf = (state: Uint8Array) => sha256(Buffer.concat([Buffer.from(key), state]));
  const load = (): Uint8Array | undefined => {
    const bytes = readIfThere(path);
    const state = bytes?.slice(digestLength);
    if (bytes === undefined || state === undefined) return undefined;
    const digest = Buffer.from(bytes.buffer, 0, Math.min(digestLength, bytes.length)).toString('latin1');
    return digest === digestOf(state) ? state : undefined;
  };
  const save = (state: Uint8Array): void => {
    makeFolder(dirname(path));
    // Trainings that pause at other epochs share it, and may run at the same time.
    const aside = `${path}.${randomUUID()}.new`;
    try {
      writeWhole(aside, Buffer.concat([Buffer.from(digestOf(state), 'latin1'), state]));
      renameSync(aside, path);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  };
  // Done at once, so that states that are saved without waiting do not get mixed up.
  return {
    load: () => attempt(load),
    save: (state) => attempt(() => save(state)),
  };
}

function readIfThere(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return readWhole(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
