import { join } from 'node:path';
import { type CodeCache, openCodeCache } from '../plan/code-cache.ts';
import { type LoadedStageTypes, createStageTypes } from '../plan/stage-types.ts';
import { openStore } from '../store/index.ts';
import type { Store } from '../store/types.ts';
import { killLeftovers } from './executors/processes.ts';

/** A store with the stage types whose bundles lie in it. */
export interface Workspace {
  readonly runId: string;
  readonly store: Store;
  readonly cache: CodeCache;
  readonly types: LoadedStageTypes;
}

/** Opens a store folder for one run. Close `store` in the end. */
export async function openWorkspace(
  folder: string,
  options: { readonly runId: string; readonly readOnly?: boolean },
): Promise<Workspace> {
  // Processes of a run that was killed together with its reaper may still live.
  const leftovers: Promise<number>[] = [];
  const store = await openStore(folder, { ...options, onDeadRun: (run) => leftovers.push(killLeftovers(run)) });
  await Promise.all(leftovers);
  const cache = openCodeCache(join(folder, 'code'));
  return { runId: options.runId, store, cache, types: createStageTypes(cache) };
}
