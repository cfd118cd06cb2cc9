import { openStore } from '../store/index.ts';
import type { Store } from '../store/types.ts';
import { killLeftovers } from './executors/processes.ts';

/**
 * Opens a store. Processes may still live of a run that was killed together with its reaper: who is the first to find it dead is the
 * only one that hears of it, and kills them, whatever the store is opened for.
 */
export async function openRunStore(
  folder: string,
  options: { readonly runId?: string; readonly readOnly?: boolean } = {},
): Promise<Store> {
  const leftovers: Promise<number>[] = [];
  const store = await openStore(folder, { ...options, onDeadRun: (run) => leftovers.push(killLeftovers(run)) });
  await Promise.all(leftovers);
  return store;
}
