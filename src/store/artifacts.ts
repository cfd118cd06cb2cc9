import { readFileSync } from 'node:fs';
import type { DamageList } from './damage-list.ts';
import { codeOf } from './fs-errors.ts';
import { hashBytes, hashFile } from './hash-file.ts';
import { type Layout, objectFile } from './layout.ts';
import { setAside } from './set-aside.ts';
import { type Stamp, sameStamp, stampOf } from './stamp.ts';
import type { Digest, StoredOutput } from './types.ts';

/** The objects of a store, trusted only as far as they were hashed. */
export interface Artifacts {
  /**
   * Hashes an object, unless this was done in this run and its stamp is the same. Undefined, and set aside, when it is not right;
   * an object that is gone is no damage where no action names it any more.
   */
  check(output: StoredOutput, isNamed: () => boolean): Stamp | undefined;
  read(digest: Digest): Uint8Array | undefined;
  discard(digest: Digest, detail: string): void;
}

export function createArtifacts(layout: Layout, damages: DamageList): Artifacts {
  const checked = new Map<Digest, Stamp>();
  /** What could not be set aside, in a store that cannot be written. */
  const bad = new Map<Digest, Stamp | 'other'>();

  const discard = (digest: Digest, detail: string): void => {
    const path = objectFile(layout, digest);
    const found = stampOf(path);
    // Another run may have made it again since.
    if (typeof found === 'object' && faultOf(path, { digest, size: found[0] }, found) === undefined) return;
    damages.report({ what: 'object', name: digest, path, detail });
    checked.delete(digest);
    if (found === undefined || setAside(layout, path, found)) return;
    if (sameStamp(stampOf(path), found)) bad.set(digest, found);
  };

  const check = ({ digest, size }: StoredOutput, isNamed: () => boolean): Stamp | undefined => {
    const path = objectFile(layout, digest);
    const stamp = stampOf(path);
    if (stamp !== undefined && sameStamp(stamp, bad.get(digest))) return undefined;
    const known = checked.get(digest);
    if (typeof stamp === 'object' && known && sameStamp(stamp, known)) return stamp;
    const fault = faultOf(path, { digest, size }, stamp);
    if (fault === undefined && typeof stamp === 'object') {
      checked.set(digest, stamp);
      return stamp;
    }
    if (stampOf(path) !== undefined || isNamed()) discard(digest, fault ?? 'is not a file');
    return undefined;
  };

  const read = (digest: Digest): Uint8Array | undefined => {
    const path = objectFile(layout, digest);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      discard(digest, readFault(error));
      return undefined;
    }
    if (hashBytes(bytes).digest === digest) return bytes;
    discard(digest, 'its bytes do not have its hash');
    return undefined;
  };

  return { check, read, discard };
}

/** What is wrong with an object, for people; undefined when nothing is. */
export function faultOf(path: string, output: StoredOutput, stamp: Stamp | 'other' | undefined): string | undefined {
  if (stamp === undefined) return 'is missing';
  if (stamp === 'other') return 'is not a file';
  if (stamp[0] !== output.size) return `has ${stamp[0]} bytes, not ${output.size}`;
  try {
    return hashFile(path).digest === output.digest ? undefined : 'its bytes do not have its hash';
  } catch (error) {
    return readFault(error);
  }
}

/** Why a file could not be read, where that is damage. */
export function readFault(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'is missing';
    case 'EISDIR':
      return 'is not a file';
    case 'EIO':
      return 'cannot be read from its disk (EIO)';
    default:
      throw error;
  }
}
