import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskFact } from '../../plan/facts.ts';
import type { ActionKey, Digest, Store } from '../../store/types.ts';
import { bundleFiles } from './format.ts';

export interface BundledTask {
  readonly fact: TaskFact;
  readonly seconds: number;
}

/** `busy`: another process holds the right to make it. */
export type Landing = 'added' | 'there' | 'other' | 'busy';

/** Another import of the same bundle has a key only as long as it copies a few files. */
const patienceMilliseconds = 10_000;

/** Copies the artifacts of tasks into the store, where their keys have none yet. */
export async function landAll(
  tasks: readonly BundledTask[],
  folder: string,
  store: Store,
  signal: AbortSignal,
): Promise<readonly Landing[]> {
  const landed = tasks.map((task) => land(task, folder, store));
  const until = performance.now() + patienceMilliseconds;
  while (landed.includes('busy') && performance.now() < until) {
    await sleep(50, undefined, { signal });
    for (const [index, task] of tasks.entries())
      if (landed[index] === 'busy') landed[index] = land(task, folder, store);
  }
  return landed;
}

function land({ fact, seconds }: BundledTask, folder: string, store: Store): Landing {
  const key = fact.key as ActionKey;
  const known = compare(fact, store);
  if (known !== undefined) return known;
  const lease = store.tryLease(key);
  if (lease === undefined) return 'busy';
  // Another process may have made it before the lease was ours.
  const made = compare(fact, store);
  if (made !== undefined) {
    store.release(lease);
    return made;
  }
  const scratch = store.scratch(key);
  const outputs = Object.entries(fact.outputs).map(([name, digest], index) => {
    const [source, path] = [join(folder, bundleFiles.objects, digest), join(scratch, String(index))];
    // Copied: several tasks may have given the same bytes.
    copyFileSync(source, path);
    return [name, { path, digest: digest as Digest, size: statSync(path).size }] as const;
  });
  store.commit(lease, Object.fromEntries(outputs), seconds);
  return 'added';
}

/** What the store has under a task's key. */
function compare({ key, outputs }: TaskFact, store: Store): 'there' | 'other' | undefined {
  const known = store.lookup(key as ActionKey);
  if (known === undefined) return undefined;
  const isSame = Object.entries(outputs).every(([name, digest]) => known.outputs[name]?.digest === digest);
  return isSame ? 'there' : 'other';
}
