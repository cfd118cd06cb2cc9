import { lstatSync, readFileSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { PipeError, exitCodes } from '../errors.ts';
import { readAction } from './action-file.ts';
import { codeOf, guarded } from './fs-errors.ts';
import { type Layout, actionFile, isHash, layoutOf } from './layout.ts';
import { isAlive, readRun, runEntries } from './runs.ts';
import { stampOf } from './stamp.ts';
import type { ActionKey, Digest, Store } from './types.ts';

/** What must stay. */
export interface Reachable {
  /** Actions to keep, with all their outputs. */
  readonly actions: ReadonlySet<ActionKey>;
  /** Artifacts to keep beside those. */
  readonly keepObjects?: ReadonlySet<Digest>;
}

export interface GcOptions {
  /** Only count. */
  readonly dryRun?: boolean;
  /** States of unfinished tasks are kept for this many days. */
  readonly checkpointDays?: number;
}

/** What was removed, or would be. */
export interface GcReport {
  readonly actions: number;
  readonly objects: number;
  readonly checkpoints: number;
  /** Folders of runs that are no more, and what was set aside as damaged. */
  readonly leftovers: number;
  readonly bytes: number;
}

const day = 24 * 3600 * 1000;
/** How much the clocks of two hosts may differ, in milliseconds. */
const clockSkew = 60_000;
/** How far the times of a file system lag behind the clock at most, in milliseconds. */
const tick = 50;
/** How long the index of a host is kept that does not come back. */
const indexDays = 60;

/**
 * Frees what nothing reaches. Actions go before the objects that they name, so that a `gc` that is killed leaves objects without a
 * name, never a name without its object. Runs may be on: what a living run leased, looked up or may have made stays; if a run
 * begins to use something at the very moment that it goes, it makes it again.
 */
export async function gc(store: Store, reachable: Reachable, options: GcOptions = {}): Promise<GcReport> {
  if (store.readOnly && !options.dryRun) {
    throw new PipeError('store-read-only', `The store cannot be written: ${store.root}.`, {
      exitCode: exitCodes.environment,
    });
  }
  const layout = layoutOf(store.root);
  const inUse = usedByOthers(layout, store.run);
  const removal = createRemoval(options.dryRun ?? false, inUse.since);
  const counts = { actions: 0, objects: 0, checkpoints: 0, leftovers: 0 };

  const kept = new Set<string>(reachable.keepObjects);
  for await (const { name, path } of stored(layout.actions)) {
    const key = name as ActionKey;
    const stays = reachable.actions.has(key) || inUse.actions.has(name) || !removal.remove(path);
    if (!stays) counts.actions += 1;
    const action = stays ? readAction(path, key) : undefined;
    if (typeof action === 'object') for (const { digest } of Object.values(action.outputs)) kept.add(digest);
  }
  for await (const { name, path } of stored(layout.objects)) {
    if (!kept.has(name) && removal.remove(path)) counts.objects += 1;
  }
  const oldest = Date.now() - (options.checkpointDays ?? 30) * day;
  for (const { name, path } of entries(layout.checkpoints)) {
    const [key = name] = name.split('.');
    // Of a task that is done, its run was killed right before it removed it.
    const isOver = changedAt(path) < oldest || stampOf(actionFile(layout, key as ActionKey)) !== undefined;
    if (isOver && !inUse.actions.has(key) && removal.remove(path)) counts.checkpoints += 1;
  }
  for (const path of leftovers(layout)) if (removal.remove(path)) counts.leftovers += 1;
  return { ...counts, bytes: removal.bytes() };
}

interface InUse {
  readonly actions: ReadonlySet<string>;
  /** What changed later than this may belong to a running run; in milliseconds. */
  readonly since: number;
}

function usedByOthers(layout: Layout, self: string): InUse {
  const actions = new Set(entries(layout.leases).map(({ name }) => name));
  let since = Date.now() - tick;
  for (const { run, cleaner } of runEntries(layout)) {
    if (run === self || cleaner !== undefined || !isAlive(layout, run, Date.now)) continue;
    since = Math.min(since, (readRun(`${layout.runs}/${run}`)?.facts?.startedAt ?? 0) - clockSkew);
    for (const key of usedKeys(`${layout.scratch}/${run}/.used`)) actions.add(key);
  }
  return { actions, since };
}

function usedKeys(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Removes what has not changed since the runs that are on began; looks right before, for it may just have been made again. */
function createRemoval(dryRun: boolean, since: number) {
  let bytes = 0;
  const remove = (path: string): boolean =>
    guarded(path, () => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.ctimeMs >= since) return false;
      const size = stats.isDirectory() ? sizeOfFolder(path) : stats.size;
      if (!dryRun && stats.isDirectory()) rmSync(path, { recursive: true, force: true });
      else if (!dryRun) unlinkSync(path);
      bytes += size;
      return true;
    });
  return { remove, bytes: () => bytes };
}

/** Scratch folders that no run owns, what was set aside, and indexes of hosts that went away. */
function leftovers(layout: Layout): readonly string[] {
  const runs = new Set(runEntries(layout).map(({ run }) => run));
  return [
    ...entries(layout.scratch).filter(({ name }) => !runs.has(name)),
    ...entries(layout.damaged),
    ...entries(layout.index).filter(({ path }) => changedAt(path) < Date.now() - indexDays * day),
  ].map(({ path }) => path);
}

/** Files of `objects/` or `actions/` by their hash; gives way to others now and then. */
export async function* stored(folder: string): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for (const shard of entries(folder)) {
    await pause();
    for (const entry of entries(shard.path)) if (isHash(entry.name)) yield entry;
  }
}

export function entries(folder: string): readonly { readonly name: string; readonly path: string }[] {
  return guarded(folder, () => {
    try {
      return readdirSync(folder).map((name) => ({ name, path: `${folder}/${name}` }));
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  });
}

function changedAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
}

function sizeOfFolder(path: string): number {
  return entries(path).reduce((sum, entry) => {
    const stats = lstatSync(entry.path, { throwIfNoEntry: false });
    return sum + (stats?.isDirectory() ? sizeOfFolder(entry.path) : (stats?.size ?? 0));
  }, 0);
}
