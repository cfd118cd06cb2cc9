import { statSync } from 'node:fs';
import { entries } from './entries.ts';
import { guarded } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { isAlive, readRun, runEntries } from './runs.ts';
import type { ActionKey, Digest, Store } from './types.ts';
import { readUsedKeys } from './used-keys.ts';

/** What must stay. */
export interface Reachable {
  /** Actions to keep, with all their outputs. */
  readonly actions: ReadonlySet<ActionKey>;
  /** Artifacts to keep beside those. */
  readonly keepObjects?: ReadonlySet<Digest>;
}

/** What a `gc` leaves alone, as far as `look` has seen. Runs begin and end while it works. */
export interface InUse {
  look(): void;
  reaches(key: ActionKey): boolean;
  reachesObject(digest: Digest): boolean;
  /** Whether a run has leased it or looked it up. */
  isUsed(key: ActionKey): boolean;
  /** What changed later than this may belong to a running run; in milliseconds, by the clock of the file system. */
  since(): number;
}

/** How much the clocks of two hosts may differ, in milliseconds. */
const clockSkew = 60_000;

/**
 * What was in use at one look stays so at the next ones: by then its run may have ended. What runs use is read before what they
 * recorded, because a run closes its record before it goes.
 */
export function watchUse(layout: Layout, store: Store, reachable: () => Reachable): InUse {
  const used = new Set<string>();
  const told = new Map<string, number>();
  let since = store.now();
  let reached: Reachable = { actions: new Set() };
  let state: string | undefined;

  const lookAtRuns = (): void => {
    for (const { run, cleaner } of runEntries(layout)) {
      if (run === store.run || cleaner !== undefined || !isAlive(layout, run, store.now)) continue;
      since = Math.min(since, (readRun(`${layout.runs}/${run}`)?.facts?.startedAt ?? 0) - clockSkew);
      if (!told.has(run)) told.set(run, 0);
    }
  };
  const look = (): void => {
    for (const { name } of entries(layout.leases)) used.add(name);
    const before = stateOf(layout);
    if (before !== state) lookAtRuns();
    for (const [run, end] of told) told.set(run, readUsedKeys(layout, run, end, used));
    if (before !== state) reached = reachable();
    state = before;
  };
  return {
    look: () => guarded(layout.runs, look),
    reaches: (key) => reached.actions.has(key),
    reachesObject: (digest) => reached.keepObjects?.has(digest) === true,
    isUsed: (key) => used.has(key),
    since: () => since,
  };
}

/** Changes when a run begins or ends. By the time too: one may have begun and ended since. */
function stateOf(layout: Layout): string {
  const changed = statSync(layout.runs, { throwIfNoEntry: false })?.mtimeMs;
  return [changed, ...runEntries(layout).map(({ entry }) => entry)].join('/');
}
