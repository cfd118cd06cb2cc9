import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder } from '../src/make-folder.ts';

it('makes what is missing, and ends where nothing can be made', () => {
  const root = mkdtempSync(join(tmpdir(), 'pipe-make-folder-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const _ of [1, 2]) makeFolder(join(root, 'a/b/c'));
  expect(existsSync(join(root, 'a/b/c'))).toBe(true);
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolder(join(root, 'file/a'))).toThrow();
});

it.skipIf(process.platform !== 'linux')('ends in /proc, too', () => {
  expect(() => makeFolder('/proc/pipe/a/b')).toThrow(/ENOENT|EACCES/);
});
