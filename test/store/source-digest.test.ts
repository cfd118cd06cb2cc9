import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { open, sha256, temporaryFolder } from './support.ts';

/** Longer than a file must be at rest to be remembered. */
const rest = () => sleep(80);

test('a file has the digest of its bytes, however large', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  for (const size of [0, 1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20]) {
    const path = join(folder, 'file');
    writeFileSync(path, Buffer.alloc(size, size));
    expect(store.fileDigest(path)).toEqual({ digest: sha256(Buffer.alloc(size, size)), size });
  }
});

test('a change is noticed with size, mtime and inode as they were', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  const path = join(folder, 'file');
  writeFileSync(path, 'one');
  await rest();
  expect(store.fileDigest(path).digest).toBe(sha256('one'));
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'two');
  utimesSync(path, atime, mtime);
  expect(store.fileDigest(path).digest).toBe(sha256('two'));
});

test('a file that changed within the last tick of the clock is not remembered, for it may change again unseen', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  const path = join(folder, 'file');
  writeFileSync(path, 'one');
  const clock = vi.spyOn(Date, 'now');
  onTestFinished(() => clock.mockRestore());
  const remembered = (milliseconds: number): boolean => {
    clock.mockReturnValue(statSync(path).ctimeMs + milliseconds);
    expect(store.fileDigest(path).digest).toBe(sha256('one'));
    return readIndex(store.root).includes(path);
  };
  expect([remembered(0), remembered(10), remembered(49), remembered(1000)]).toEqual([false, false, false, true]);

  function readIndex(root: string): string {
    store.remember('full', 'x'.repeat(100_000));
    const [host = ''] = readdirSync(join(root, 'index'));
    return readFileSync(join(root, 'index', host, 'log'), 'utf8');
  }
});

test('a remembered file is not read again, and a renamed one is', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'file');
  writeFileSync(path, 'one');
  await rest();
  const first = await open(join(folder, 'store'));
  first.fileDigest(path);
  await first.close();
  const store = await open(join(folder, 'store'));
  expect(store.fileDigest(path).digest).toBe(sha256('one'));
  writeFileSync(join(folder, 'other'), 'two');
  renameSync(join(folder, 'other'), path);
  expect(store.fileDigest(path).digest).toBe(sha256('two'));
});

test('a link stands for what it points to', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  writeFileSync(join(folder, 'file'), 'one');
  symlinkSync('file', join(folder, 'link'));
  expect(store.fileDigest(join(folder, 'link')).digest).toBe(sha256('one'));
});

test('a file that is missing or none is an error of the data that names it', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  mkdirSync(join(folder, 'folder'));
  for (const name of ['absent.wav', 'folder']) {
    expect(() => store.fileDigest(join(folder, name))).toThrow(
      expect.objectContaining({
        code: 'unreadable-file',
        exitCode: 3,
        message: expect.stringContaining(name) as string,
      }),
    );
  }
});
