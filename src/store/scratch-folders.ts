import { mkdirSync, rmSync } from 'node:fs';
import { guarded, isBusy } from './fs-errors.ts';
import type { ActionKey } from './types.ts';

/** Folders for the tasks of one run, below one of its own. */
export interface ScratchFolders {
  readonly root: string;
  take(key: ActionKey, reusable: boolean): string;
  /** Takes a task's folder back: `emptied` when all that lay there was moved out. */
  give(key: ActionKey, emptied: boolean): void;
  end(): void;
}

/** Making and removing a folder costs as much as writing 100 KB, so empty ones are used again where that is safe. */
export function createScratchFolders(root: string): ScratchFolders {
  const taken = new Map<ActionKey, { readonly path: string; readonly reusable: boolean }>();
  const free: string[] = [];
  let count = 0;
  return {
    root,
    take: (key, reusable) => {
      const again = reusable ? free.pop() : undefined;
      const path = again ?? `${root}/${(count += 1)}`;
      if (again === undefined) guarded(path, () => mkdirSync(path, { recursive: true }));
      taken.set(key, { path, reusable });
      return path;
    },
    give: (key, emptied) => {
      const folder = taken.get(key);
      if (folder === undefined) return;
      taken.delete(key);
      if (emptied && folder.reusable) free.push(folder.path);
      else remove(folder.path);
    },
    end: () => remove(root),
  };
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    // Something still writes there; it goes with the run's folder, or by `gc`.
    if (!isBusy(error)) throw error;
  }
}
