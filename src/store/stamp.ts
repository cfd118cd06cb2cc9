import { type Stats, lstatSync } from 'node:fs';

/**
 * What stands for a file's bytes while nothing is done with them: size in bytes, mtime and ctime in milliseconds, inode.
 * A ctime cannot be set back, so a change that restores the mtime shows too.
 */
export type Stamp = readonly [size: number, modified: number, changed: number, inode: number];

const quietly = { throwIfNoEntry: false } as const;

/** Undefined when nothing is there; `other` when it is not a plain file. */
export function stampOf(path: string): Stamp | 'other' | undefined {
  const stats = lstatSync(path, quietly);
  if (stats === undefined) return undefined;
  return stats.isFile() ? stampFrom(stats) : 'other';
}

export function stampFrom({ size, mtimeMs, ctimeMs, ino }: Stats): Stamp {
  return [size, mtimeMs, ctimeMs, ino];
}

/** Whether a plain file lies there that has this stamp. */
export function hasStamp(path: string, [size, modified, changed, inode]: Stamp): boolean {
  const stats = lstatSync(path, quietly);
  if (stats === undefined) return false;
  return (
    stats.ctimeMs === changed &&
    stats.mtimeMs === modified &&
    stats.size === size &&
    stats.ino === inode &&
    stats.isFile()
  );
}

/** Whether two looks at a path, by `stampOf`, saw the same file; of what is no plain file, whether neither saw one. */
export function sameStamp(one: Stamp | 'other' | undefined, other: Stamp | 'other' | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.every((value, place) => value === other[place]);
}

export function isStamp(value: unknown): value is Stamp {
  return Array.isArray(value) && value.length === 4 && value.every((part) => typeof part === 'number');
}
