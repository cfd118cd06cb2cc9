import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasEnded, ownerName } from './owner-name.ts';

const hourMilliseconds = 3600 * 1000;
/** Longer than the folder of a living process is left untouched. */
const dayMilliseconds = 24 * hourMilliseconds;

/**
 * Makes a folder among the temporary ones, and removes those that killed processes have left there: what is in them may be
 * large, or somebody's voice.
 */
export function makeTemporaryFolder(what: 'reproduce' | 'predict'): string {
  const root = tmpdir();
  removeLeftovers(root);
  const folder = mkdtempSync(join(root, `pipe-${what}-${ownerName}-`));
  touchHourly(folder);
  return folder;
}

/** Other machines, which may share the folder, see by its time alone that it is in use. */
function touchHourly(folder: string): void {
  const timer = setInterval(() => {
    try {
      utimesSync(folder, new Date(), new Date());
    } catch {
      clearInterval(timer);
    }
  }, hourMilliseconds);
  timer.unref();
}

/** Those of other machines when they are old. */
function removeLeftovers(root: string): void {
  for (const name of namesIn(root)) {
    if (!/^pipe-(reproduce|predict)-/.test(name)) continue;
    const path = join(root, name);
    const [, owner = ''] = /^pipe-[a-z]+-(.*)-\w{6}$/.exec(name) ?? [];
    if (hasEnded(owner) ?? isOld(path)) removeFolder(path);
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
