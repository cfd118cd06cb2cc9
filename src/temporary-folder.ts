import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { isRunning, startOf } from './store/process-start.ts';

/** Longer than any of these folders is left without a change. */
const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Makes a folder among the temporary ones, and removes those that killed processes have left there: what is in them may be
 * large, or somebody's voice.
 */
export function makeTemporaryFolder(what: 'reproduce' | 'predict'): string {
  const root = tmpdir();
  removeLeftovers(root);
  // The name says whose it is: the process and when it started, on which host.
  const owner = `${process.pid}-${startOf(process.pid) ?? ''}-${hostname()}`;
  return mkdtempSync(join(root, `pipe-${what}-${owner}-`));
}

/** Those of other hosts, which may share the folder, when they are old. */
function removeLeftovers(root: string): void {
  for (const name of namesIn(root)) {
    if (!/^pipe-(reproduce|predict)-/.test(name)) continue;
    const path = join(root, name);
    const [, pid, start, host] = /^pipe-[a-z]+-(\d+)-(\d*)-(.*)-\w{6}$/.exec(name) ?? [];
    const isOurs = pid !== undefined && start !== undefined && host === hostname();
    if (isOurs ? !isRunning(Number(pid), start) : isOld(path)) removeFolder(path);
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > dayMilliseconds;
  } catch {
    return false;
  }
}

/** As far as possible: it may be another user's. */
function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // The next one tries again.
  }
}
