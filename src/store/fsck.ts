import { readFileSync } from 'node:fs';
import { hash } from 'node:crypto';
import { readAction } from './action-file.ts';
import { faultOf } from './artifacts.ts';
import { entries } from './gc.ts';
import { type Layout, actionFile, isHash, layoutOf, objectFile } from './layout.ts';
import { setAside } from './set-aside.ts';
import { stampOf } from './stamp.ts';
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
  const found = (damage: Damage): void => {
    damages.push(damage);
    if (repair && !store.readOnly && stampOf(damage.path) !== undefined) setAside(layout, damage.path);
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
    const detail = faultOf(path, { digest, size }, stamp);
    if (detail === undefined) continue;
    faulty.add(digest);
    found({ what: 'object', name, path, detail });
  }
  for await (const { name, path } of files(layout.actions, 'action', found)) {
    counts.actions += 1;
    for (const damage of checkAction(layout, name as ActionKey, path, faulty)) found(damage);
  }
  for (const { name, path } of entries(layout.checkpoints)) {
    if (!isHash(name)) continue;
    counts.checkpoints += 1;
    const fault = checkpointFault(name, path);
    if (fault !== undefined) found({ what: 'checkpoint', name, path, detail: fault });
  }
  return { ...counts, damages };
}

/** What is wrong with an action's file, or with the objects that it names beyond those known to be faulty. */
function checkAction(layout: Layout, key: ActionKey, path: string, faulty: ReadonlySet<Digest>): readonly Damage[] {
  const action = stampOf(path) === 'other' ? 'damaged' : readAction(path, key);
  if (action === undefined) return [];
  if (action === 'damaged') return [{ what: 'action', name: key, path, detail: 'is not what was written' }];
  return Object.values(action.outputs).flatMap(({ digest, size }): readonly Damage[] => {
    const object = objectFile(layout, digest);
    const stamp = stampOf(object);
    if (faulty.has(digest) || (typeof stamp === 'object' && stamp[0] === size)) return [];
    // Gone with its action since: a `gc` is on.
    if (stampOf(actionFile(layout, key)) === undefined) return [];
    const detail = typeof stamp === 'object' ? `has ${stamp[0]} bytes, not ${size}` : 'is missing';
    return [{ what: 'object', name: digest, path: object, detail }];
  });
}

/** The file begins with the hash of its key and the state that follows: who writes it is in src/run. */
function checkpointFault(key: string, path: string): string | undefined {
  const stamp = stampOf(path);
  // Gone since it was listed: its task was committed.
  if (stamp === undefined) return undefined;
  if (stamp === 'other') return 'is not a file';
  const bytes = readFileSync(path);
  const sum = hash('sha256', Buffer.concat([Buffer.from(key), bytes.subarray(64)]));
  return bytes.toString('latin1', 0, 64) === sum ? undefined : 'its bytes do not have their hash';
}

/** Files of `objects/` or `actions/`; whatever else lies there is damage. */
async function* files(
  folder: string,
  what: 'object' | 'action',
  found: (damage: Damage) => void,
): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for (const shard of entries(folder)) {
    await pause();
    if (stampOf(shard.path) !== 'other' || !/^[0-9a-f]{2}$/.test(shard.name)) {
      found({ what, name: shard.name, path: shard.path, detail: 'does not belong here' });
      continue;
    }
    for (const entry of entries(shard.path)) {
      if (isHash(entry.name) && entry.name.startsWith(shard.name)) yield entry;
      else found({ what, name: entry.name, path: entry.path, detail: 'does not belong here' });
    }
  }
}
