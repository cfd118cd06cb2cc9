import { lstatSync, rmSync, unlinkSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
import { PipeError, exitCodes } from '../errors.ts';
import { readAction } from './action-file.ts';
import { entries } from './entries.ts';
import { codeOf, guarded, isBusy } from './fs-errors.ts';
import { type Reachable, watchUse } from './in-use.ts';
import { type Layout, actionFile, isHash, layoutOf } from './layout.ts';
import { copyPrefix } from './move-into.ts';
import { runEntries } from './runs.ts';
import { stampOf } from './stamp.ts';
import type { ActionKey, Digest, Store } from './types.ts';

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
/** How long the index of a host is kept that does not come back. */
const indexDays = 60;

/**
 * Frees what nothing reaches. Actions go before the objects that they name, so that a `gc` that is killed leaves objects without a
 * name, never a name without its object. Runs may be on, begin and end: what a living run leased, looked up or may have made stays,
 * and `reachable` is asked again when it may have ended; if a run begins to use something at the very moment that it goes, it makes it again.
 */
export async function gc(store: Store, reachable: () => Reachable, options: GcOptions = {}): Promise<GcReport> {
  if (store.readOnly && !options.dryRun) {
    throw new PipeError('store-read-only', `The store cannot be written: ${store.root}.`, {
      exitCode: exitCodes.environment,
    });
  }
  const layout = layoutOf(store.root);
  const inUse = watchUse(layout, store, reachable);
  inUse.look();
  const now = store.now();
  const removal = createRemoval(options.dryRun ?? false, inUse.since);
  const counts = { actions: 0, objects: 0, checkpoints: 0, leftovers: 0 };

  const kept = new Set<string>();
  for await (const { name, path } of stored(layout.actions, inUse.look)) {
    const key = name as ActionKey;
    const stays = inUse.reaches(key) || inUse.isUsed(key) || !removal.remove(path);
    if (!stays) counts.actions += 1;
    const action = stays ? readAction(path, key) : undefined;
    if (typeof action === 'object') for (const { digest } of Object.values(action.outputs)) kept.add(digest);
  }
  for await (const { name, path } of stored(layout.objects, inUse.look)) {
    if (!kept.has(name) && !inUse.reachesObject(name as Digest) && removal.remove(path)) counts.objects += 1;
  }
  inUse.look();
  const oldest = now - (options.checkpointDays ?? 30) * day;
  for (const { name, path } of entries(layout.checkpoints)) {
    const key = (name.split('.')[0] ?? name) as ActionKey;
    // Of a task that is done, its run was killed right before it removed it.
    const isOver = changedAt(path) < oldest || stampOf(actionFile(layout, key)) !== undefined;
    if (isOver && !inUse.isUsed(key) && removal.remove(path)) counts.checkpoints += 1;
  }
  for (const path of leftovers(layout, now)) if (removal.remove(path)) counts.leftovers += 1;
  return { ...counts, bytes: removal.bytes() };
}

/** Removes what has not changed since the runs that are on began; looks right before, for it may just have been made again. */
function createRemoval(dryRun: boolean, since: () => number) {
  let bytes = 0;
  const remove = (path: string): boolean =>
    guarded(path, () => {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || stats.ctimeMs >= since()) return false;
      const size = stats.isDirectory() ? sizeOfFolder(path) : stats.size;
      if (!dryRun && !unlinkOne(path, stats.isDirectory())) return false;
      bytes += size;
      return true;
    });
  return { remove, bytes: () => bytes };
}

/** False when another `gc` was quicker, or something still writes there: that is left to the next one. */
function unlinkOne(path: string, isFolder: boolean): boolean {
  try {
    if (isFolder) rmSync(path, { recursive: true, force: true });
    else unlinkSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || isBusy(error)) return false;
    throw error;
  }
}

/** Scratch folders that no run owns, what was set aside, copies of killed runs, and indexes of hosts that went away. */
function leftovers(layout: Layout, now: number): readonly string[] {
  const runs = new Set(runEntries(layout).map(({ run }) => run));
  return [
    ...entries(layout.scratch).filter(({ name }) => !runs.has(name)),
    ...entries(layout.damaged),
    ...entries(layout.root).filter(({ name }) => name.startsWith(copyPrefix)),
    ...entries(layout.index).filter(({ path }) => newestIn(path) < now - indexDays * day),
  ].map(({ path }) => path);
}

/** Files of `objects/` or `actions/` by their hash; gives way to others now and then, and calls `look` after that. */
async function* stored(
  folder: string,
  look: () => void,
): AsyncGenerator<{ readonly name: string; readonly path: string }> {
  for (const shard of entries(folder)) {
    await pause();
    look();
    for (const entry of entries(shard.path)) if (isHash(entry.name)) yield entry;
  }
}

function changedAt(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
}

/** When a folder or anything right in it changed: appending to a file does not change its folder. */
function newestIn(folder: string): number {
  return Math.max(changedAt(folder), ...entries(folder).map(({ path }) => changedAt(path)));
}

function sizeOfFolder(path: string): number {
  return entries(path).reduce((sum, entry) => {
    const stats = lstatSync(entry.path, { throwIfNoEntry: false });
    return sum + (stats?.isDirectory() ? sizeOfFolder(entry.path) : (stats?.size ?? 0));
  }, 0);
}
