import { type FSWatcher, watch } from 'node:fs';

/** How often to look where nothing tells of changes, as on a network's disk; run.json each time, for the end of its process. */
const pollMilliseconds = 1000;
const gatherMilliseconds = 100;

/** Calls when a folder may have changed: soon after the system says so, and every second in any case. */
export function watchFolder(folder: string, look: (whole: boolean) => void): () => void {
  let pending: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const soon = () => {
    pending ??= setTimeout(() => {
      pending = undefined;
      look(false);
    }, gatherMilliseconds);
  };
  try {
    watcher = watch(folder, { persistent: false }, soon);
    // What cannot be watched any more is looked at every second.
    watcher.on('error', () => undefined);
  } catch {
    // The same.
  }
  const poll = setInterval(() => look(true), pollMilliseconds);
  return () => {
    clearInterval(poll);
    clearTimeout(pending);
    watcher?.close();
  };
}
