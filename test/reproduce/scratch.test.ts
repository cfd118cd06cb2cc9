import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ownerName } from '../../src/owner-name.ts';
import { openScratch } from '../../src/reproduce/scratch.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-scratch-test-'));
  vi.stubEnv('TMPDIR', root);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

it('removes what killed reproductions and predictions left, and nothing of a living one', () => {
  const own = `pipe-reproduce-${ownerName}-abcdef`;
  const reused = own.replace(/(\d+)-\d*-/, '$1-1-');
  const dead = own.replace(/\d+-\d*-/, '999999999-5-');
  // Of another machine, though it may have this one's name: a container.
  const elsewhere = dead.replace(/\w+(-\w+)$/, '0123456789ab$1');
  const [old, other] = ['pipe-reproduce-ghijkl', 'something-else'];
  const voice = dead.replace('reproduce', 'predict');
  const heard = own.replace('reproduce', 'predict');
  for (const name of [own, heard, reused, dead, voice, elsewhere, old, other])
    mkdirSync(join(root, name, 'store'), { recursive: true });
  utimesSync(join(root, old), 1, 1);
  const scratch = openScratch(undefined);
  const left = [own, heard, elsewhere, other, scratch.folder.slice(root.length + 1)];
  expect(readdirSync(root).sort()).toEqual(left.sort());
  scratch.end({ keep: false });
  expect(readdirSync(root)).toHaveLength(4);
});

it('shows to other machines, by its time, that it is in use, for as long as it is', () => {
  vi.useFakeTimers();
  const scratch = openScratch(undefined);
  utimesSync(scratch.folder, 1, 1);
  vi.advanceTimersByTime(24 * 3600 * 1000);
  expect(Date.now() - statSync(scratch.folder).mtimeMs).toBeLessThan(2 * 3600 * 1000);
  scratch.end({ keep: false });
  vi.advanceTimersByTime(3600 * 1000);
  expect(vi.getTimerCount()).toBe(0);
});
