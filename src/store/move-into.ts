import { randomUUID } from 'node:crypto';
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf, guarded } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import { makeFolder, setAside } from './set-aside.ts';

/** Begins the names of files in the store's folder that become objects or actions; `gc` finds those of killed runs. */
export const copyPrefix = '.copy-';

/** Renames a finished file to its place, over whatever is there: this is what heals a damaged one. */
export function moveInto(layout: Layout, aside: string, target: string): void {
  guarded(target, () => {
    try {
      renameSync(aside, target);
    } catch (error) {
      if (codeOf(error) === 'EXDEV') {
        moveFromOtherDisk(layout, aside, target);
      } else {
        clearTheWay(layout, target, error);
        renameSync(aside, target);
      }
    }
  });
}

/** Writes a small file aside and renames it to its place. */
export function writeInto(layout: Layout, aside: string, target: string, text: string): void {
  guarded(aside, () => {
    try {
      writeFileSync(aside, text);
    } catch (error) {
      clearTheWay(layout, aside, error);
      writeFileSync(aside, text);
    }
  });
  moveInto(layout, aside, target);
}

function clearTheWay(layout: Layout, target: string, error: unknown): void {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      makeFolder(layout, target.slice(0, target.lastIndexOf('/')));
      return;
    case 'EISDIR':
    case 'ENOTEMPTY':
    case 'EEXIST':
      setAside(layout, target);
      return;
    default:
      throw error;
  }
}

/** Someone linked scratch/ to another disk. */
function moveFromOtherDisk(layout: Layout, aside: string, target: string): void {
  const copy = `${layout.root}/${copyPrefix}${randomUUID()}`;
  try {
    copyFileSync(aside, copy);
    moveInto(layout, copy, target);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
  rmSync(aside);
}
