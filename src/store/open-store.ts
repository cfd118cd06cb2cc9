import { randomBytes } from 'node:crypto';
import { type Artifacts, createArtifacts } from './artifacts.ts';
import { commit, finishCommit } from './commit.ts';
import { type DamageList, createDamageList } from './damage-list.ts';
import { checkFormat, prepareFolders, writeFormat } from './format.ts';
import { guarded, isReadOnly, storeFailure } from './fs-errors.ts';
import { type Layout, layoutOf, objectFile } from './layout.ts';
import { type Leases, createLeases } from './leases.ts';
import { type LookupContext, lookup } from './lookup.ts';
import { type Index, type IndexOptions, openIndex } from './open-index.ts';
import { PipeError } from '../errors.ts';
import { type Registration, heartbeatMilliseconds, register, runEntries } from './runs.ts';
import { createScratchFolders } from './scratch-folders.ts';
import { sourceDigest } from './source-digest.ts';
import { syncDisk } from './sync-disk.ts';
import type { ActionKey, Lease, Store } from './types.ts';
import { createUsedKeys } from './used-keys.ts';

/** Seconds of work whose results are worth waiting for the disk; less is made again after a power cut. */
const worthSyncing = 5;

export interface StoreOptions {
  /** A name that no run on this store had; made up when left out. */
  readonly runId?: string;
  /** Write nothing. A store that cannot be written is opened so in any case. */
  readonly readOnly?: boolean;
  /** Told of each run that ended without cleaning up, once, by the run that does it instead. */
  readonly onDeadRun?: (run: string) => void;
  /** Size of the index's log from which on it moves to lmdb, in bytes. */
  readonly indexLogLimit?: number;
}

/**
 * Opens the store in a folder, and makes it where there is none. Cleans up after runs that were killed. Throws a PipeError when the
 * folder is not a store, is one of a newer version, or can be neither read nor made.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  const layout = layoutOf(folder);
  const damages = createDamageList();
  const run = options.runId ?? `${Date.now().toString(36)}-${process.pid}-${randomBytes(3).toString('hex')}`;
  const format = checkFormat(layout);
  if (format === 'damaged') {
    damages.report({
      what: 'format',
      name: 'format',
      path: layout.format,
      detail: 'is missing, or not what was written',
    });
  }
  const writable = enter(layout, run, format, options);
  const index = await openIndex(layout, {
    leases: writable?.leases,
    onDamage: (name, path, detail) => damages.report({ what: 'index', name, path, detail }),
    ...(options.indexLogLimit !== undefined && { logLimit: options.indexLogLimit }),
  } satisfies IndexOptions);
  const parts: Parts = { layout, damages, index, artifacts: createArtifacts(layout, damages) };
  return writable ? writableStore(parts, writable) : readOnlyStore(parts, run);
}

interface Parts extends LookupContext {
  readonly layout: Layout;
  readonly damages: DamageList;
  readonly index: Index;
  readonly artifacts: Artifacts;
}

interface Writable {
  readonly self: Registration;
  readonly leases: Leases;
}

/** Registers the run and cleans up after dead ones; undefined for a store that is not, or cannot be, written. */
function enter(
  layout: Layout,
  run: string,
  format: 'ours' | 'new' | 'damaged',
  { readOnly = false, onDeadRun }: StoreOptions,
): Writable | undefined {
  if (readOnly) return undefined;
  try {
    prepareFolders(layout);
    if (format !== 'ours') writeFormat(layout, run);
    return guarded(layout.runs, () => {
      if (runEntries(layout).some((entry) => entry.run === run)) cleanUpNamesake(layout, run);
      const self = register(layout, run);
      const leases = createLeases(layout, self, { onDeadRun, onDeadLease: (name) => finishCommit(layout, name) });
      leases.sweep();
      return { self, leases };
    });
  } catch (error) {
    if (format !== 'new' && error instanceof PipeError && isReadOnly(error.cause)) return undefined;
    throw error;
  }
}

/** A dead run of the same name: its leases would look like ours. */
function cleanUpNamesake(layout: Layout, run: string): void {
  const cleaner = register(layout, `${run}.${process.pid}`);
  createLeases(layout, cleaner).sweep();
  cleaner.end();
}

/** What a store does that does not write. */
function reading({ layout, index, artifacts, damages }: Parts) {
  return {
    root: layout.root,
    damages: damages.all,
    objectPath: (digest) => objectFile(layout, digest),
    read: (digest) => guarded(objectFile(layout, digest), () => artifacts.read(digest)),
    discard: (digest, detail) => guarded(objectFile(layout, digest), () => artifacts.discard(digest, detail)),
    fileDigest: (path) => sourceDigest(path, index),
    remember: (name, value) => index.put(`value:${name}`, value),
    recall: (name) => {
      const value = index.get(`value:${name}`);
      return typeof value === 'string' ? value : undefined;
    },
    checkpointPath: (key) => `${layout.checkpoints}/${key}`,
  } satisfies Partial<Store>;
}

function readOnlyStore(parts: Parts, run: string): Store {
  const refuse = (): never => {
    const error = Object.assign(new Error('opened for reading'), { code: 'EROFS' });
    throw storeFailure(error, parts.layout.root);
  };
  return {
    ...reading(parts),
    run,
    readOnly: true,
    now: Date.now,
    lookup: (key) => lookup(key, parts),
    tryLease: refuse,
    release: () => undefined,
    leaseHolder: () => undefined,
    commit: refuse,
    scratch: refuse,
    close: () => parts.index.close(),
  };
}

function writableStore(parts: Parts, { self, leases }: Writable): Store {
  const { layout, index } = parts;
  const held = new Set<ActionKey>();
  const used = createUsedKeys(layout, self.run);
  const scratch = createScratchFolders(`${layout.scratch}/${self.run}`);
  const context = { ...parts, aside: `${scratch.root}/.action` };
  let secondsOfWork = 0;

  const give = ({ key }: Lease, emptied: boolean): void => {
    held.delete(key);
    guarded(layout.leases, () => leases.give(key));
    scratch.give(key, emptied);
  };
  const flush = (): void => {
    index.flush();
    used.flush();
  };
  const timers = [setInterval(flush, 1000), setInterval(() => quietly(self.beat), heartbeatMilliseconds)];
  for (const timer of timers) timer.unref();

  return {
    ...reading(parts),
    run: self.run,
    readOnly: false,
    now: self.now,
    lookup: (key) => {
      const result = lookup(key, parts);
      if (result) used.add(key);
      return result;
    },
    tryLease: (key) => {
      if (!guarded(layout.leases, () => leases.take(key))) return undefined;
      held.add(key);
      return { key };
    },
    release: (lease) => give(lease, false),
    leaseHolder: (key) => guarded(layout.leases, () => leases.holder(key)),
    commit: (lease, outputs, seconds) => {
      const result = commit(lease.key, outputs, seconds, context);
      secondsOfWork += seconds;
      give(lease, true);
      return result;
    },
    scratch: (key, { reusable = false } = {}) => scratch.take(key, reusable),
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      used.end();
      for (const key of held) leases.give(key);
      scratch.end();
      await index.close();
      if (secondsOfWork > worthSyncing) await syncDisk(layout.root);
      self.end();
    },
  };
}

function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // The next heartbeat tries again.
  }
}
