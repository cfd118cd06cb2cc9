import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { pid } from 'node:process';
import {
  type InstallableEngine,
  type InstalledNote,
  engineHome,
  inspectEngine,
  noteName,
  thisPlatform,
} from '../installed.ts';
import { writeFailure } from './disk-space.ts';
import { makeHome, removeEmpty } from './home-folder.ts';
import { processesUsing } from './in-use.ts';

type Facts = Omit<InstalledNote, 'folder' | 'installedAt' | 'platform'>;

/** A temporary folder beside the finished ones, in which an engine is made and tried. */
export interface Staging {
  readonly folder: string;
  /** Puts the finished folder into place and writes its note: only then the engine is installed. */
  finish(facts: Facts): InstalledNote;
  /** Writes the note of an engine whose library lies elsewhere. */
  note(facts: Facts & Pick<InstalledNote, 'folder'>): InstalledNote;
  /** Removes whatever was not finished, and the folders that were made for it. */
  remove(): void;
}

const prefix = '.making-';
/** Longer than any installation takes. */
const dayMilliseconds = 24 * 3600 * 1000;

/**
 * Opens a staging folder, and removes what is no longer needed: what killed installations left, and the libraries of
 * installations before the one that is noted. That one stays, because a run that has begun may start further processes
 * with it; it goes with the installation after.
 * Throws a PipeError (`engine-folder-not-writable`, `engine-disk-full`).
 */
export function openStaging(name: InstallableEngine): Staging {
  const home = join(engineHome(), name);
  const made = makeHome(home);
  const id = randomUUID().slice(0, 8);
  const folder = join(home, `${prefix}${hostname()}-${pid}-${id}`);
  const place = join(home, id);
  try {
    mkdirSync(folder);
  } catch (error) {
    removeEmpty(made);
    throw writeFailure(error, home);
  }
  removeLeftovers(home);
  removeOldLibraries(home);
  const wasWhole = inspectEngine(name).state === 'installed';
  const noteDown = (facts: Facts & Pick<InstalledNote, 'folder'>): InstalledNote => {
    const note = writeNote(home, facts);
    // No run can go on with it.
    if (!wasWhole) removeOldLibraries(home);
    return note;
  };
  let isPlaced = false;
  return {
    folder,
    finish(facts) {
      renameSync(folder, place);
      const note = noteDown({ ...facts, folder: place });
      isPlaced = true;
      return note;
    },
    note: noteDown,
    remove() {
      removeFolder(folder);
      if (!isPlaced) removeFolder(place);
      removeEmpty(made);
    },
  };
}

function writeNote(home: string, facts: Omit<InstalledNote, 'installedAt' | 'platform'>): InstalledNote {
  const note = { ...facts, installedAt: new Date().toISOString(), platform: thisPlatform };
  const aside = join(home, `${prefix}${hostname()}-${pid}-note`);
  try {
    writeFileSync(aside, `${JSON.stringify(note, null, 2)}\n`);
    renameSync(aside, join(home, noteName));
  } finally {
    rmSync(aside, { force: true });
  }
  return note;
}

export interface Removal {
  /** Whether it was installed. */
  readonly removed: boolean;
  /** Processes that have its library loaded, which stays for their sake. */
  readonly usedBy: readonly number[];
}

/** Removes an installed engine, and all that lies beside it. */
export function removeEngine(name: InstallableEngine): Removal {
  const home = join(engineHome(), name);
  const note = join(home, noteName);
  if (!existsSync(home)) return { removed: false, usedBy: [] };
  const removed = existsSync(note);
  try {
    // The note first: a folder that is half removed must not look installed.
    rmSync(note, { force: true });
    const usedBy = processesUsing(home);
    if (usedBy.length === 0) rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    return { removed, usedBy };
  } catch (error) {
    throw writeFailure(error, home);
  }
}

/** Folders of processes that are gone; those of other machines, which may share the folder, when they are old. */
function removeLeftovers(home: string): void {
  for (const name of namesIn(home)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(home, name);
    const [, host, owner] = /^\.making-(.*)-(\d+)-[^-]+$/.exec(name) ?? [];
    const isDead = host === hostname() && owner !== undefined && !isAlive(Number(owner));
    if (isDead || isOld(path)) removeFolder(path);
  }
}

/** Those that neither the note names nor a living process has loaded. */
function removeOldLibraries(home: string): void {
  const noted = notedFolder(home);
  for (const name of namesIn(home)) {
    const path = join(home, name);
    if (name.startsWith(prefix) || name === noteName || path === noted) continue;
    if (processesUsing(path).length === 0) removeFolder(path);
  }
}

/** Where the library lies that the note names, though the note may be of no use otherwise. */
function notedFolder(home: string): string | undefined {
  try {
    const { folder } = JSON.parse(readFileSync(join(home, noteName), 'utf8')) as { folder?: string };
    return folder !== undefined && dirname(folder) === home ? folder : undefined;
  } catch {
    return undefined;
  }
}

function isOld(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > dayMilliseconds;
  } catch {
    return false;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** As far as possible: somebody may write there at this moment, and the next installation tries again. */
function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // What is left is no installation.
  }
}

function isAlive(process_: number): boolean {
  if (process_ === pid) return true;
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
