import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { codeOf } from './fs-errors.ts';
import type { Layout } from './layout.ts';

/** What is set aside is kept for whoever wants to know what happened to a disk, but not without end. */
const keptFiles = 32;
const keptBytes = 256 * 2 ** 20;
let count = 0;

/** Moves something damaged out of the way, a folder too. False when nothing is there or nothing can be written. */
export function setAside(layout: Layout, path: string): boolean {
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

/** Makes a folder, also where a file is in its place. */
export function makeFolder(layout: Layout, path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    if (path === layout.root) throw error;
    makeFolder(layout, path.slice(0, path.lastIndexOf('/')));
    if (!isFolder(path)) setAside(layout, path);
    mkdirSync(path, { recursive: true });
  }
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
