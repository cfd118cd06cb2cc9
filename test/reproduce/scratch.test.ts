import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openScratch } from '../../src/reproduce/scratch.ts';
import { startOf } from '../../src/store/process-start.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-scratch-test-'));
  vi.stubEnv('TMPDIR', root);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

it('removes what killed reproductions and predictions left, and nothing of a living one', () => {
  const own = `pipe-reproduce-${process.pid}-${startOf(process.pid) ?? ''}-${hostname()}-abcdef`;
  const reused = `pipe-reproduce-${process.pid}-1-${hostname()}-abcdef`;
  const dead = `pipe-reproduce-999999999-5-${hostname()}-abcdef`;
  const elsewhere = 'pipe-reproduce-999999999-5-another-host-abcdef';
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
