import { statSync } from 'node:fs';
import { PipeError, exitCodes } from '../errors.ts';
import { codeOf } from './fs-errors.ts';
import { hashFile } from './hash-file.ts';
import type { Index } from './open-index.ts';
import { type Stamp, isStamp, sameStamp, stampFrom } from './stamp.ts';
import { isDigest } from './action-file.ts';
import type { Digest, StoredOutput } from './types.ts';

/**
 * A file that changed this shortly before it was hashed, in milliseconds, may change again without a new ctime: file systems
 * keep times in ticks of 1 to 10 ms, and old ones in seconds.
 */
const tick = 50;
const coarseTick = 2_000;

/** The digest of a file outside the store, hashed when its stamp is not the remembered one. Throws a PipeError (exit code 3). */
export function sourceDigest(path: string, index: Index): StoredOutput {
  const stamp = stampOfSource(path);
  const known = index.get(`file:${path}`);
  if (isKnown(known) && sameStamp(known[1], stamp)) return { digest: known[0], size: stamp[0] };
  for (let turn = 0; turn < 3; turn += 1) {
    const before = stampOfSource(path);
    const now = Date.now();
    const output = hashSource(path);
    if (!sameStamp(before, stampOfSource(path))) continue;
    if (now - before[2] > (before[2] % 1000 === 0 ? coarseTick : tick))
      index.put(`file:${path}`, [output.digest, before]);
    return output;
  }
  throw new PipeError('file-changing', `${path} changes while it is read.`, {
    exitCode: exitCodes.inputData,
    advice: 'Run again when whatever writes it has ended.',
  });
}

function isKnown(value: unknown): value is readonly [Digest, Stamp] {
  return Array.isArray(value) && isDigest(value[0]) && isStamp(value[1]);
}

function stampOfSource(path: string): Stamp {
  const stats = readable(path, () => statSync(path));
  if (!stats.isFile()) throw unreadable(path, 'is not a file');
  return stampFrom(stats);
}

function hashSource(path: string): StoredOutput {
  return readable(path, () => hashFile(path));
}

function readable<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = codeOf(error);
    throw unreadable(
      path,
      code === 'ENOENT' ? 'does not exist' : `cannot be read (${code ?? 'no reason given'})`,
      error,
    );
  }
}

function unreadable(path: string, what: string, cause?: unknown): PipeError {
  return new PipeError('unreadable-file', `${path} ${what}.`, {
    exitCode: exitCodes.inputData,
    advice: 'Check the data folder, and that you may read its files.',
    cause,
  });
}
