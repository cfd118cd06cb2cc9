import { readFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { readAction } from './action-file.ts';
import { faultOf, readFault } from './artifacts.ts';
import { entries } from './entries.ts';
import { codeOf, guarded } from './fs-errors.ts';
import { type Layout, actionFile, isHash, layoutOf, objectFile } from './layout.ts';
import { setAside } from './set-aside.ts';
import { type Stamp, stampOf } from './stamp.ts';
import type { ActionKey, Damage, Digest, Store } from './types.ts';
import { setImmediate as pause } from 'node:timers/promises';

export interface FsckOptions {
  /** Set damaged files aside, so that the next run makes them again. */
  readonly repair?: boolean;
}

export interface FsckReport {
  readonly actions: number;
  readonly objects: number;
  readonly checkpoints: number;
  /** Bytes of all objects. */
  readonly bytes: number;
  /** What was found, that which opening the store found included. */
  readonly damages: readonly Damage[];
}

/** Reads every byte of the store that stands for a result. Runs may be on. */
export async function fsck(store: Store, { repair = false }: FsckOptions = {}): Promise<FsckReport> {
  const layout = layoutOf(store.root);
  const damages: Damage[] = [...store.damages];
  const counts = { actions: 0, objects: 0, checkpoints: 0, bytes: 0 };
  const found: Found = (damage, stamp) => {
    damages.push(damage);
    if (repair && !store.readOnly && stamp !== undefined) setAside(layout, damage.path, stamp);
  };

  const faulty = new Set<Digest>();
  for await (const { name, path } of files(layout.objects, 'object', found)) {
    const stamp = stampOf(path);
    // Gone since it was listed: a `gc` is on.
    if (stamp === undefined) continue;
    counts.objects += 1;
    const size = stamp === 'other' ? 0 : stamp[0];
    counts.bytes += size;
    const digest = name as Digest;
    const detail = guarded(path, () => faultOf(path, { digest, size }, stamp));
    if (detail === undefined || stampOf(path) === undefined) continue;
    faulty.add(digest);
    found({ what: 'object', name, path, detail }, stamp);
  }
  for await (const { name, path } of files(layout.actions, 'action', found)) {
    counts.actions += 1;
    guarded(path, () => checkAction(layout, name as ActionKey, path, faulty, found));
  }
  for (const { name, path } of entries(layout.checkpoints)) {
    if (!isHash(name)) continue;
    counts.checkpoints += 1;
    const stamp = stampOf(path);
    const fault = guarded(path, () => checkpointFault(name, path, stamp));
    if (fault !== undefined) found({ what: 'checkpoint', name, path, detail: fault }, stamp);
  }
  return { ...counts, damages };
}

/** Told of damage, and how the file looked then: what another run has healed since is not set aside. */
type Found = (damage: Damage, stamp: Stamp | 'other' | undefined) => void;

/** Finds what is wrong with an action's file, or with the objects that it names beyond those known to be faulty. */
function checkAction(layout: Layout, key: ActionKey, path: string, faulty: ReadonlySet<Digest>, found: Found): void {
  const seen = stampOf(path);
  const action = seen === 'other' ? 'damaged' : readAction(path, key);
  if (action === undefined) return;
  if (action === 'damaged') return found({ what: 'action', name: key, path, detail: 'is not what was written' }, seen);
  for (const { digest, size } of Object.values(action.outputs)) {
    const object = objectFile(layout, digest);
    const stamp = stampOf(object);
    if (faulty.has(digest) || (typeof stamp === 'object' && stamp[0] === size)) continue;
    // Gone with its action since: a `gc` is on.
    if (stampOf(actionFile(layout, key)) === undefined) return;
    const detail = typeof stamp === 'object' ? `has ${stamp[0]} bytes, not ${size}` : 'is missing';
    found({ what: 'object', name: digest, path: object, detail }, stamp);
  }
}

/** The file begins with the hash of its key and the state that follows: who writes it is in src/run. */
function checkpointFault(key: string, path: string, stamp: Stamp | 'other' | undefined): string | undefined {
  if (stamp === 'other') return 'is not a file';
  try {
    const bytes = readFileSync(path);
    const sum = hash('sha256', Buffer.concat([Buffer.from(key), bytes.subarray(64)]));
    return bytes.toString('latin1', 0, 64) === sum ? undefined : 'its bytes do not have their hash';
  } catch (error) {
    // Gone since it was listed: its task was committed.
    return codeOf(error) === 'ENOENT' ? undefined : readFault(error);
  }
}

/** Files of `objects/` or `actions/`; whatever else lies there is damage. */
async function* files(
  folder: string,
  what: 'object' | 'action',
  found: Found,
): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for (const shard of entries(folder)) {
    await pause();
    if (stampOf(shard.path) !== 'other' || !/^[0-9a-f]{2}$/.test(shard.name)) {
      found({ what, name: shard.name, path: shard.path, detail: 'does not belong here' }, stampOf(shard.path));
      continue;
    }
    for (const entry of entries(shard.path)) {
      if (isHash(entry.name) && entry.name.startsWith(shard.name)) yield entry;
      else found({ what, name: entry.name, path: entry.path, detail: 'does not belong here' }, stampOf(entry.path));
    }
  }
}
