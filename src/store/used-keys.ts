import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { codeOf } from './fs-errors.ts';
import type { Layout } from './layout.ts';
import type { ActionKey } from './types.ts';

/** What a run has looked up, told in its scratch folder: a `gc` beside it keeps that. */
export interface UsedKeys {
  add(key: ActionKey): void;
  /** Tells what was added since the last time. */
  flush(): void;
  end(): void;
}

const fileOf = (layout: Layout, run: string): string => `${layout.scratch}/${run}/.used`;

/** Keys to hold back at most. */
const batch = 4096;
const flushMilliseconds = 1000;

export function createUsedKeys(layout: Layout, run: string): UsedKeys {
  const keys: ActionKey[] = [];
  let soon: NodeJS.Immediate | undefined;
  let flushedAt = -Infinity;
  const flush = (): void => {
    clearImmediate(soon);
    soon = undefined;
    if (keys.length === 0) return;
    flushedAt = performance.now();
    try {
      mkdirSync(`${layout.scratch}/${run}`, { recursive: true });
      appendFileSync(fileOf(layout, run), `${keys.splice(0).join('\n')}\n`);
    } catch {
      // Then a `gc` may remove what we use, and we make it again.
    }
  };
  return {
    add: (key) => {
      keys.push(key);
      // Right after the first of them: a run that finds all there may be over within the second.
      if (keys.length >= batch) flush();
      else if (soon === undefined && performance.now() - flushedAt > flushMilliseconds) soon = setImmediate(flush);
    },
    flush,
    end: () => clearImmediate(soon),
  };
}

/** Adds what a run has told from `start` on, in bytes; says where that ended. */
export function readUsedKeys(layout: Layout, run: string, start: number, keys: Set<string>): number {
  let file: number;
  try {
    // Opened, because NFS asks the server for the size then and only then.
    file = openSync(fileOf(layout, run), 'r');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 0;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    // A run that was taken for dead has begun a new one.
    const from = size < start ? 0 : start;
    const bytes = Buffer.alloc(size - from);
    const text = bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, from));
    const end = text.lastIndexOf('\n') + 1;
    for (const key of text.slice(0, end).split('\n')) keys.add(key);
    return from + end;
  } finally {
    closeSync(file);
  }
}
