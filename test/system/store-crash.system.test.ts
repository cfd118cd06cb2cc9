import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fsck, gc } from '../../src/store/index.ts';
import { bundleProgram } from '../store/start-child.ts';
import { keyOf, open, perform, sha256, temporaryFolder } from '../store/support.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => {
  program = await bundleProgram('child-sequence');
});
afterAll(() => program.remove());

/**
 * Every call by which a program changes files, but for opening them: what that leaves is left before the first write, too.
 * Each by itself, because strace counts by call, and by thread.
 */
const changes = ['write', 'pwrite64', 'rename', 'unlink', 'link', 'mkdir', 'rmdir', 'ftruncate'];

/** Every place, or each so-manieth. */
const step = Number(process.env.PIPE_CRASH_STEP ?? 10);

/** Runs the sequence and kills it before its n-th change by this call. False when it came to its end. */
function killAt(change: string, n: number, folder: string): boolean {
  const { status, signal, stderr } = spawnSync(
    'strace',
    [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-e',
      `trace=${change}`,
      '-e',
      `inject=${change}:signal=KILL:when=${n}`,
      process.execPath,
      program.file,
      folder,
    ],
    { encoding: 'utf8' },
  );
  if (status === 0) return false;
  // strace ends by the signal that ended what it traced.
  if (signal !== 'SIGKILL' && status !== 137) throw new Error(`the sequence failed: ${stderr}`);
  return true;
}

/** The next run needs no help, gets the same results and leaves nothing behind. */
async function expectNextRunToWork(folder: string): Promise<void> {
  const store = await open(folder);
  for (const name of ['a', 'b']) {
    const found = store.lookup(keyOf(name));
    const result = found ?? perform(store, keyOf(name), { out: `out of ${name}`, shared: 'shared' });
    expect(result.outputs).toEqual({
      out: { digest: sha256(`out of ${name}`), size: 8 },
      shared: { digest: sha256('shared'), size: 6 },
    });
    expect(store.read(sha256(`out of ${name}`))?.toString()).toBe(`out of ${name}`);
  }
  expect([undefined, 'kept']).toContain(store.recall('value'));
  expect(store.damages).toEqual([]);
  expect((await fsck(store)).damages).toEqual([]);
  await sleep(80);
  await gc(store, () => ({ actions: new Set([keyOf('a'), keyOf('b')]) }));
  await store.close();
  for (const left of ['leases', 'runs', 'scratch']) expect(readdirSync(join(folder, left))).toEqual([]);
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
}

describe('a run that is killed before any one of its changes to the store', () => {
  test.each(['new', 'used'])('leaves a %s store that the next run just uses', async (kind) => {
    const base = temporaryFolder();
    if (kind === 'used') expect(killAt('write', 60_000, base)).toBe(false);
    let places = 0;
    for (const change of changes) {
      for (let n = 1; ; n += step) {
        const folder = temporaryFolder();
        cpSync(base, folder, { recursive: true, preserveTimestamps: true });
        const killed = killAt(change, n, folder);
        await expectNextRunToWork(folder);
        rmSync(folder, { recursive: true });
        if (!killed) break;
        places += 1;
      }
    }
    console.log(`killed at ${places} places of a ${kind} store`);
    expect(places).toBeGreaterThan((kind === 'new' ? 80 : 40) / step);
  });
});
