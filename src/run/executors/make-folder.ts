import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './failures.ts';

/**
 * Makes a folder, with those above it, unless it is there. Node's own `recursive` calls a read-only disk ENOENT.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeFolder(path);
  }
}
