import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PipeError, exitCodes } from '../errors.ts';
import type { ActionKey, Store } from '../store/types.ts';

/**
 * Finds out whether a sweep is on, and says that it is, while no other process does the same: of two starts at once one goes on.
 * The right is a lease of the store, which outlives no process.
 *
 * @param experiments folder of the records
 * @param patience how often, and how many milliseconds apart, a start that another one keeps out is tried
 * @throws PipeError `sweep-running`, and what `open` throws
 */
export async function withStartLease<T>(
  store: Pick<Store, 'tryLease' | 'release'>,
  experiments: string,
  sweep: string,
  open: () => T,
  { tries, pause } = { tries: 50, pause: 100 },
): Promise<T> {
  const key = createHash('sha256')
    .update(`start of sweep ${sweep} in ${resolve(experiments)}`)
    .digest('hex') as ActionKey;
  for (let turn = 0; turn < tries; turn += 1) {
    const lease = store.tryLease(key);
    if (lease === undefined) {
      await sleep(pause);
      continue;
    }
    try {
      return open();
    } finally {
      store.release(lease);
    }
  }
  throw new PipeError('sweep-running', `The sweep ${sweep} is being started by another process.`, {
    exitCode: exitCodes.usage,
    advice: 'Wait a moment and start it again.',
  });
}
