import {
  linkSync,
  lstatSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { codeOf, isBusy } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { type Registration, factsFrom, isAlive, runEntries, silence } from './runs.ts';
import { makeFolder } from './set-aside.ts';

/** Rights that one living run holds at a time. The rules and their races are in docs/store.md. */
export interface Leases {
  /** False when another living run holds it, or is just cleaning up after its dead holder. */
  take(name: string): boolean;
  /** Throws nothing when it is gone. */
  give(name: string): void;
  /** The living run that holds it. */
  holder(name: string): string | undefined;
  /** Cleans up after every run that ended without doing so. */
  sweep(): void;
}

export interface AfterDeath {
  /** Told of each run that ended without cleaning up, once. */
  readonly onDeadRun?: ((run: string) => void) | undefined;
  /** Told of each lease that such a run held, before it goes. */
  readonly onDeadLease?: (name: string) => void;
}

/** A lease is a hard link to `runs/<run>`: made by one system call, exclusive on NFS too, and no inode to make and delete. */
export function createLeases(layout: Layout, self: Registration, { onDeadRun, onDeadLease }: AfterDeath = {}): Leases {
  const pathOf = (name: string): string => `${layout.leases}/${name}`;
  const held = new Set<string>();
  const isLiving = (run: string): boolean => run === self.run || isAlive(layout, run, self.now);

  const tryToTake = (name: string): boolean => {
    // Each turn but the last finds a dead holder and cleans up after it.
    for (let turn = 0; turn < 5; turn += 1) {
      if (link(layout, self, pathOf(name))) return true;
      const holder = readHolder(pathOf(name));
      if (holder === 'gone') continue;
      if (holder === 'unreadable') {
        if (!isStale(pathOf(name), self.now())) return false;
        rmSync(pathOf(name), { recursive: true, force: true });
      } else if (holder.run === self.run) {
        // NFS has asked the server twice, and the first answer was lost.
        return !held.has(name);
      } else if (isLiving(holder.run) || !cleanUpAfter(holder.run, name)) {
        return false;
      }
    }
    return false;
  };

  const isHeldBy = (name: string, run: string): boolean => {
    const holder = readHolder(pathOf(name));
    return typeof holder === 'object' && holder.run === run;
  };

  /** False when another living run is at it. `lease` is one that the dead run seemed to hold. */
  const cleanUpAfter = (dead: string, lease?: string): boolean => {
    const found = runEntries(layout).filter(({ run }) => run === dead);
    // It closed meanwhile: it gives up its leases before its file.
    if (found.length === 0 && (lease === undefined || !isHeldBy(lease, dead))) return true;
    if (found.some(({ cleaner }) => cleaner !== undefined && cleaner !== self.run && isLiving(cleaner))) return false;
    const right = `${layout.runs}/${dead}~${self.run}`;
    try {
      // Its file was lost: make one, to have something that only one run can rename.
      if (found.length === 0) writeFileSync(`${layout.runs}/${dead}`, '', { flag: 'wx' });
      for (const { entry } of found.length === 0 ? [{ entry: dead }] : found)
        renameSync(`${layout.runs}/${entry}`, right);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EEXIST') return false;
      throw error;
    }
    onDeadRun?.(dead);
    for (const name of readdirSync(layout.leases)) {
      if (!isHeldBy(name, dead)) continue;
      onDeadLease?.(name);
      rmSync(pathOf(name), { force: true });
    }
    removeScratch(`${layout.scratch}/${dead}`);
    rmSync(right, { recursive: true, force: true });
    return true;
  };

  return {
    take: (name) => {
      const isTaken = tryToTake(name);
      if (isTaken) held.add(name);
      return isTaken;
    },
    give: (name) => {
      held.delete(name);
      try {
        unlinkSync(pathOf(name));
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw error;
      }
    },
    holder: (name) => {
      const holder = readHolder(pathOf(name));
      return typeof holder === 'object' && isLiving(holder.run) ? holder.run : undefined;
    },
    sweep: () => {
      for (const { run, cleaner } of runEntries(layout)) {
        if (run !== self.run && (cleaner !== undefined || !isLiving(run))) cleanUpAfter(run);
      }
    },
  };
}

function link(layout: Layout, self: Registration, path: string): boolean {
  const own = `${layout.runs}/${self.run}`;
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    switch (codeOf(error)) {
      case 'EEXIST':
        return false;
      case 'ENOENT':
      case 'ENOTDIR':
        makeFolder(layout, layout.leases);
        self.beat();
        return isMade(() => linkSync(own, path));
      case 'EPERM':
      case 'EXDEV':
      case 'EMLINK':
      case 'ENOTSUP':
        // A file system without hard links, or without them across folders.
        return isMade(() => symlinkSync(self.run, path));
      default:
        throw error;
    }
  }
}

/** False when another run was quicker. */
function isMade(make: () => void): boolean {
  try {
    make();
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function removeScratch(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    // A child of the dead run still writes there; `gc` finds the rest.
    if (!isBusy(error)) throw error;
  }
}

function readHolder(path: string): { readonly run: string } | 'gone' | 'unreadable' {
  try {
    if (lstatSync(path).isSymbolicLink()) return { run: readlinkSync(path) };
    return factsFrom(readFileSync(path, 'utf8')) ?? 'unreadable';
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

/** A living run mends its file, and so its leases, at every heartbeat. */
function isStale(path: string, now: number): boolean {
  const modified = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return modified !== undefined && now - modified > silence;
}
