import { join } from 'node:path';
import { type CodeCache, openCodeCache } from '../plan/code-cache.ts';
import { type LoadedStageTypes, createStageTypes } from '../plan/stage-types.ts';
import type { Store } from '../store/types.ts';
import { openRunStore } from './open-store.ts';

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
  const store = await openRunStore(folder, options);
  const cache = openCodeCache(join(folder, 'code'));
  return { runId: options.runId, store, cache, types: createStageTypes(cache) };
}
