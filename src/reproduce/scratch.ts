import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { isRunning, startOf } from '../store/process-start.ts';
import { systemText } from '../system-text.ts';

/** A folder for a store that nothing is in yet. */
export interface Scratch {
  readonly folder: string;
  /** Removes the folder; one that the user named is kept after `keep`. */
  end(options: { readonly keep: boolean }): void;
}

/**
 * Makes a folder among the temporary ones, or the one that is named, which must be empty. It goes also when the process
 * exits in between. Throws a PipeError: `folder-not-empty`, `folder-not-writable`.
 */
export function openScratch(named: string | undefined): Scratch {
  const folder = named === undefined ? makeTemporary() : makeNamed(resolve(named));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.on('exit', remove);
  return {
    folder,
    end({ keep }) {
      process.off('exit', remove);
      if (named === undefined || !keep) remove();
    },
  };
}

const prefix = 'pipe-reproduce-';
/** Longer than any reproduction is left without a change in its folder. */
const dayMilliseconds = 24 * 3600 * 1000;

function makeTemporary(): string {
  const root = tmpdir();
  removeLeftovers(root);
  // The name says whose it is: the process and when it started, on which host.
  const owner = `${process.pid}-${startOf(process.pid) ?? ''}-${hostname()}`;
  return guarded(root, () => mkdtempSync(join(root, `${prefix}${owner}-`)));
}

/** Folders of processes that were killed; those of other hosts, which may share the folder, when they are old. */
function removeLeftovers(root: string): void {
  for (const name of namesIn(root)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(root, name);
    const [, pid, start, host] = /^pipe-reproduce-(\d+)-(\d*)-(.*)-\w{6}$/.exec(name) ?? [];
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

function makeNamed(folder: string): string {
  return guarded(folder, () => {
    makeFolder(folder);
    if (readdirSync(folder).length === 0) return folder;
    throw new PipeError('folder-not-empty', `The folder ${folder} is not empty.`, {
      exitCode: exitCodes.usage,
      advice: 'Name a new or an empty one: everything is to be made from nothing there.',
    });
  });
}

function guarded<T>(folder: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (cause instanceof PipeError) throw cause;
    throw new PipeError('folder-not-writable', `The folder ${folder} cannot be used: ${systemText(cause)}.`, {
      exitCode: exitCodes.environment,
      advice: 'Name another by --keep DIR, or another place for temporary folders by the variable TMPDIR.',
      cause,
    });
  }
}
