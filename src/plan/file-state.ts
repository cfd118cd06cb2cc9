import { statSync } from 'node:fs';

/** A file with the same size, times and inode has the same bytes. */
export function fileState(path: string): string {
  const state = statSync(path, { bigint: true, throwIfNoEntry: false });
  return state === undefined ? 'missing' : `${state.size} ${state.mtimeNs} ${state.ctimeNs} ${state.ino}`;
}
