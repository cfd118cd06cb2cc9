import { execFile } from 'node:child_process';

/** How long to wait for a busy disk, in milliseconds. The system goes on writing by itself afterwards. */
const patience = 10_000;

/**
 * Has the system write everything on the file system of a folder to its disk: one call (syncfs, by coreutils' `sync -f`)
 * instead of an fsync for each of thousands of small files. Resolves in any case.
 */
export function syncDisk(folder: string): Promise<void> {
  return new Promise((resolve) => {
    execFile('sync', ['-f', folder], { timeout: patience, killSignal: 'SIGKILL' }, () => resolve());
  });
}
