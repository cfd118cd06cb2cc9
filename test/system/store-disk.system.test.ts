import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { codeOf } from '../../src/store/fs-errors.ts';
import { fsck, openStore } from '../../src/store/index.ts';
import { keyOf, open, perform, sha256, temporaryFolder } from '../store/support.ts';

function run(program: string, ...words: readonly string[]): void {
  const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
}

/** A disk of one megabyte in memory. Tests run as root, for whom a folder without write permission is not read-only. */
function mountDisk(): string {
  const folder = temporaryFolder();
  run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'pipe-test', folder);
  onTestFinished(() => run('umount', '-l', folder));
  return folder;
}

/** Writes zeros until nothing fits any more. */
function fill(path: string): void {
  try {
    for (;;) writeFileSync(path, Buffer.alloc(4096), { flag: 'a' });
  } catch (error) {
    expect(codeOf(error)).toBe('ENOSPC');
  }
}

test('a complete cache on a read-only disk serves a run that has nothing to do', async () => {
  const disk = mountDisk();
  const folder = join(disk, 'store');
  const first = await openStore(folder, { indexLogLimit: 0 });
  for (const name of ['a', 'b']) perform(first, keyOf(name), { out: name });
  first.remember('value', 'kept');
  await first.close();
  run('mount', '-o', 'remount,ro', disk);

  const store = await openStore(folder);
  expect(store.readOnly).toBe(true);
  expect(store.lookup(keyOf('a'))?.outputs.out?.digest).toBe(sha256('a'));
  expect(store.read(sha256('b'))?.toString()).toBe('b');
  expect(store.recall('value')).toBe('kept');
  expect((await fsck(store)).damages).toEqual([]);
  expect(() => store.tryLease(keyOf('c'))).toThrow(
    expect.objectContaining({
      code: 'store-read-only',
      exitCode: 4,
      message: expect.stringContaining(folder) as string,
    }),
  );
  expect(store.damages).toEqual([]);
  await store.close();
});

test('a store that cannot be made on a read-only disk is an error that names it', async () => {
  const disk = mountDisk();
  run('mount', '-o', 'remount,ro', disk);
  await expect(openStore(join(disk, 'store'))).rejects.toMatchObject({
    code: 'store-read-only',
    exitCode: 4,
    message: /\/store/,
  });
});

test('a disk that is full while a task is committed loses nothing but that task', async () => {
  const disk = mountDisk();
  const folder = join(disk, 'store');
  const store = await openStore(folder);
  perform(store, keyOf('a'), { out: 'a' });
  const lease = store.tryLease(keyOf('b'));
  if (!lease) throw new Error('the lease is taken');
  const path = join(store.scratch(keyOf('b')), 'out');
  writeFileSync(path, 'b');
  fill(join(disk, 'filler'));
  expect(() => store.commit(lease, { out: { path, digest: sha256('b'), size: 1 } }, 0)).toThrow(
    expect.objectContaining({ code: 'store-full', exitCode: 4, message: expect.stringContaining(folder) as string }),
  );
  expect(store.lookup(keyOf('a'))).toBeDefined();
  await store.close();
  fill(join(disk, 'filler'));
  await expect(openStore(folder)).rejects.toMatchObject({ code: 'store-full', exitCode: 4 });

  rmSync(join(disk, 'filler'));
  const next = await open(folder);
  expect(next.lookup(keyOf('a'))).toBeDefined();
  expect(next.lookup(keyOf('b'))).toBeUndefined();
  perform(next, keyOf('b'), { out: 'b' });
  expect(readFileSync(next.objectPath(sha256('b')), 'utf8')).toBe('b');
  expect(next.damages).toEqual([]);
  await next.close();
});

test('an index that does not fit on the disk is done without', async () => {
  const disk = mountDisk();
  const folder = join(disk, 'store');
  const store = await openStore(folder, { indexLogLimit: 0 });
  perform(store, keyOf('a'), { out: 'a' });
  for (let n = 0; n < 3000; n += 1) store.remember(`value ${n}`, 'x'.repeat(300));
  await store.close();
  const next = await open(folder, { indexLogLimit: 0 });
  expect(next.lookup(keyOf('a'))).toBeDefined();
  expect(next.damages).toEqual([]);
  await next.close();
});
