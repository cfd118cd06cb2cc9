import { mkdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
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

test('a change right after the file was hashed is noticed, though the clock has not ticked', async () => {
  const folder = temporaryFolder();
  const store = await open(join(folder, 'store'));
  const path = join(folder, 'file');
  for (let n = 100; n < 200; n += 1) {
    writeFileSync(path, String(n));
    expect(store.fileDigest(path).digest).toBe(sha256(String(n)));
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
