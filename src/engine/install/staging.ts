import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { type InstallableEngine, type InstalledNote, engineHome, noteName, thisPlatform } from '../installed.ts';
import { writeFailure } from './disk-space.ts';

/** A temporary folder beside the finished ones, in which an engine is made. */
export interface Staging {
  readonly folder: string;
  /**
   * Puts the finished folder into place and writes its note: only then the engine is installed, and an older
   * installation goes.
   */
  finish(note: Omit<InstalledNote, 'folder' | 'installedAt' | 'platform'>): InstalledNote;
  remove(): void;
}

const prefix = '.making-';
/** Longer than any installation takes. */
const dayMilliseconds = 24 * 3600 * 1000;

/** Opens a staging folder, and removes what installations left that were killed. */
export function openStaging(name: InstallableEngine): Staging {
  const home = join(engineHome(), name);
  const id = randomUUID().slice(0, 8);
  const folder = join(home, `${prefix}${hostname()}-${pid}-${id}`);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw writeFailure(error, home);
  }
  removeLeftovers(home);
  return {
    folder,
    finish(facts) {
      const place = join(home, id);
      renameSync(folder, place);
      const note = writeNote(home, { ...facts, folder: place });
      for (const other of readdirSync(home)) {
        if (other !== id && other !== noteName && !other.startsWith(prefix)) {
          rmSync(join(home, other), { recursive: true, force: true });
        }
      }
      return note;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Writes the note of an engine whose library lies elsewhere. */
export function noteEngine(facts: Omit<InstalledNote, 'installedAt' | 'platform'>): InstalledNote {
  const home = join(engineHome(), facts.name);
  try {
    mkdirSync(home, { recursive: true });
    return writeNote(home, facts);
  } catch (error) {
    throw writeFailure(error, home);
  }
}

function writeNote(home: string, facts: Omit<InstalledNote, 'installedAt' | 'platform'>): InstalledNote {
  const note = { ...facts, installedAt: new Date().toISOString(), platform: thisPlatform };
  const aside = join(home, `${prefix}${hostname()}-${pid}-note`);
  writeFileSync(aside, `${JSON.stringify(note, null, 2)}\n`);
  renameSync(aside, join(home, noteName));
  return note;
}

/** Removes an installed engine; false when there was none. */
export function removeEngine(name: InstallableEngine): boolean {
  const home = join(engineHome(), name);
  if (statSync(home, { throwIfNoEntry: false }) === undefined) return false;
  try {
    // The note first: a folder that is half removed must not look installed.
    rmSync(join(home, noteName), { force: true });
    rmSync(home, { recursive: true, force: true });
  } catch (error) {
    throw writeFailure(error, home);
  }
  return true;
}

/** Folders of processes that are gone; those of other machines, which may share the folder, when they are old. */
function removeLeftovers(home: string): void {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(home, name);
    const [, host, owner] = /^\.making-(.*)-(\d+)-[^-]+$/.exec(name) ?? [];
    const state = statSync(path, { throwIfNoEntry: false });
    const isOld = state !== undefined && Date.now() - state.mtimeMs > dayMilliseconds;
    const isDead = host === hostname() && owner !== undefined && !isAlive(Number(owner));
    if (isOld || isDead) rmSync(path, { recursive: true, force: true });
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
