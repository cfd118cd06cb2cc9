import { type Stats, statSync } from 'node:fs';
import type { IndexFile } from './index-file.ts';
import type { RunName } from './read-record.ts';
import { recordFiles } from './run-record.ts';

/** A run that the index knows. */
export interface KnownRun extends RunName {
  readonly row: number;
}

/** The index, and whether a record is as it was when it was put there; each is looked at once. */
export interface Remembered {
  readonly root: string;
  readonly index: IndexFile | undefined;
  isSame(run: KnownRun): boolean;
}

export function rememberedRuns(root: string, index: IndexFile | undefined): Remembered {
  const stamps = index?.stamps ?? new Float64Array();
  const seen = new Uint8Array(stamps.length / 4);
  return {
    root,
    index,
    isSame({ pipeline, run, row }) {
      if (seen[row] === 1) return true;
      const stats = statsOf(`${root}/${pipeline}/${run}/${recordFiles.run}`);
      const at = 4 * row;
      const isSame =
        stats !== undefined &&
        stats.ctimeMs === stamps[at + 2] &&
        stats.mtimeMs === stamps[at + 1] &&
        stats.size === stamps[at] &&
        stats.ino === stamps[at + 3];
      if (isSame) seen[row] = 1;
      return isSame;
    },
  };
}

const noEntry = { throwIfNoEntry: false } as const;

/** Undefined for what is not there, or cannot be looked at. */
export function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, noEntry);
  } catch {
    return undefined;
  }
}
