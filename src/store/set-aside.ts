import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { codeOf } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { sameStamp, stampOf } from './stamp.ts';

/** What is set aside is kept for whoever wants to know what happened to a disk, but not without end. */
const keptFiles = 32;
const keptBytes = 256 * 2 ** 20;
let count = 0;

/**
 * Moves something damaged out of the way, a folder too. False when nothing is there or nothing can be written; nor is anything moved
 * that does not have the stamp with which it was found damaged: another run has healed it.
 */
export function setAside(layout: Layout, path: string, found = stampOf(path)): boolean {
  if (found === undefined || !sameStamp(stampOf(path), found)) return false;
  count += 1;
  const name = `${Date.now().toString(36)}-${process.pid}-${count}-${basename(path)}`;
  try {
    mkdirSync(layout.damaged, { recursive: true });
    renameSync(path, `${layout.damaged}/${name}`);
  } catch {
    return false;
  }
  dropOldest(layout);
  return true;
}

function dropOldest({ damaged }: Layout): void {
  let bytes = 0;
  // Names begin with the time. The newest is kept whatever its size.
  for (const [place, name] of readdirSync(damaged).sort().reverse().entries()) {
    try {
      bytes += lstatSync(`${damaged}/${name}`).size;
      if (place > 0 && (place >= keptFiles || bytes > keptBytes)) rmSync(`${damaged}/${name}`, { recursive: true });
    } catch (error) {
      // Another run drops the same ones.
      if (codeOf(error) !== 'ENOENT') return;
    }
  }
}

/** Makes a folder and those above it; within the store also where a file is in its place. */
export function makeFolder(layout: Layout, path: string): void {
  if (isFolder(path)) return;
  makeFolder(layout, dirname(path));
  try {
    makeOne(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !path.startsWith(`${layout.root}/`)) throw error;
    setAside(layout, path);
    makeOne(path);
  }
}

/** Not by the recursive mkdir, which says ENOENT where the disk is read-only. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Another run may have made it meanwhile.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
