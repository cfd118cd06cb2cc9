import { spawn } from 'node:child_process';

/** How long to wait for a busy disk, in milliseconds. The system goes on writing by itself. */
const patience = 2_000;

/**
 * Has the system write everything on the file system of a folder to its disk: one call (syncfs, by coreutils' `sync -f`)
 * instead of an fsync for each of thousands of small files. Resolves in any case.
 */
export function syncDisk(folder: string): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
    const timer = setTimeout(end, patience);
    function end(): void {
      clearTimeout(timer);
      child.unref();
      resolve();
    }
    child.once('error', end).once('exit', end);
  });
}
