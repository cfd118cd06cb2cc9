import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hasEnded, ownerName } from '../../owner-name.ts';
import {
  type InstallableEngine,
  type InstalledNote,
  engineHome,
  faultOfFiles,
  noteName,
  readNote,
  thisPlatform,
} from '../installed.ts';
import { writeFailure } from './disk-space.ts';
import { makeHome, removeEmpty } from './home-folder.ts';
import { processesUsing } from './in-use.ts';

type Facts = Omit<InstalledNote, 'folder' | 'installedAt' | 'platform'>;

/** A temporary folder beside the finished ones, in which an engine is made and tried. */
export interface Staging {
  readonly folder: string;
  /**
   * Puts the finished folder into place and writes its note: only then the engine is installed. Where another process has
   * installed the same meanwhile, that stays, since runs may have begun with it, and its note is given.
   */
  finish(facts: Facts): InstalledNote;
  /** Writes the note of an engine whose library lies elsewhere. */
  note(facts: Facts & Pick<InstalledNote, 'folder'>): InstalledNote;
  /** Removes whatever was not finished, and the folders that were made for it. */
  remove(): void;
}

const prefix = '.making-';
/** Longer than any installation takes. */
const dayMilliseconds = 24 * 3600 * 1000;
/** Longer than a run goes on with a library in whose place another has come. */
const weekMilliseconds = 7 * dayMilliseconds;

/**
 * Opens a staging folder, and removes what is no longer needed: what killed installations left, and libraries that another
 * took the place of a week ago. Until then they stay, because runs that have begun, here or on other machines that share
 * the folder, may start further processes with them.
 * Throws a PipeError (`engine-folder-not-writable`, `engine-disk-full`).
 */
export function openStaging(name: InstallableEngine): Staging {
  const home = join(engineHome(), name);
  const made = makeHome(home);
  const id = randomUUID().slice(0, 8);
  const folder = join(home, `${prefix}${ownerName}-${id}`);
  const place = join(home, id);
  try {
    mkdirSync(folder);
  } catch (error) {
    removeEmpty(made);
    throw writeFailure(error, home);
  }
  removeLeftovers(home);
  removeOldLibraries(home);
  const before = readNote(name);
  const noteDown = (facts: Facts & Pick<InstalledNote, 'folder'>): InstalledNote => {
    const replaced = readNote(name);
    // Before it loses its note, without which it would go at once.
    if (replaced !== undefined) touch(replaced.folder, home);
    const note = writeNote(home, `${folder}.note`, facts);
    if (replaced !== undefined) removeBroken(replaced, home);
    return note;
  };
  let isPlaced = false;
  return {
    folder,
    finish(facts) {
      const now = readNote(name);
      if (now !== undefined && !isDeepStrictEqual(now, before) && isTheSame(now, facts)) return now;
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

/** Whether an installation is whole, and is what was made here: runs with either of them have the same keys. */
function isTheSame(note: InstalledNote, facts: Facts): boolean {
  const decisive = ({ library, device, gpus, lstm, packages }: Facts) => ({ library, device, gpus, lstm, packages });
  return (
    note.platform === thisPlatform &&
    isDeepStrictEqual(decisive(note), decisive(facts)) &&
    faultOfFiles(note) === undefined
  );
}

function writeNote(home: string, aside: string, facts: Omit<InstalledNote, 'installedAt' | 'platform'>): InstalledNote {
  const note = { ...facts, installedAt: new Date().toISOString(), platform: thisPlatform };
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
    const [, owner = ''] = /^\.making-(.*)-[^-]+$/.exec(name) ?? [];
    if (hasEnded(owner) === true || isOlder(path, dayMilliseconds)) removeFolder(path);
  }
}

/** Those that neither the note names nor a living process has loaded. One just put into place has no note yet. */
function removeOldLibraries(home: string): void {
  const noted = notedFolder(home);
  for (const name of namesIn(home)) {
    const path = join(home, name);
    if (name.startsWith(prefix) || name === noteName || path === noted) continue;
    if (isOlder(path, weekMilliseconds) && processesUsing(path).length === 0) removeFolder(path);
  }
}

/** With a library that lacks files no run can go on. One that is whole may be in use where this machine does not see it. */
function removeBroken(note: InstalledNote, home: string): void {
  const { folder } = note;
  if (dirname(folder) === home && faultOfFiles(note) !== undefined && processesUsing(folder).length === 0)
    removeFolder(folder);
}

/** The week of a library begins when another takes its place. */
function touch(folder: string, home: string): void {
  if (dirname(folder) !== home) return;
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // It is gone, or another user's.
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

function isOlder(path: string, milliseconds: number): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > milliseconds;
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
