import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { cwd } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findRun, openRun, runNames } from '../../src/experiment/index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-find-runs-'));
  for (const name of [
    'demo/20260101-000000-aaaa1111',
    'demo/20260102-000000-bbbb2222',
    'demo-2/20260103-000000-bbbb3333',
    '.sweeps/depth/20260104-000000-cccc4444',
  ]) {
    mkdirSync(join(root, name), { recursive: true });
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a run is found', () => {
  test.each([
    ['last', 'demo-2/20260103-000000-bbbb3333'],
    ['demo', 'demo/20260102-000000-bbbb2222'],
    ['20260101', 'demo/20260101-000000-aaaa1111'],
    ['demo/20260101-000000-aaaa1111', 'demo/20260101-000000-aaaa1111'],
    ['demo/20260102', 'demo/20260102-000000-bbbb2222'],
    ['aaaa', 'demo/20260101-000000-aaaa1111'],
    ['bbbb3', 'demo-2/20260103-000000-bbbb3333'],
  ])('%s is %s', (wanted, folder) => {
    expect(findRun(root, wanted)).toBe(join(root, folder));
  });

  test('by the path of its folder', () => {
    const folder = join(root, 'demo/20260101-000000-aaaa1111');
    expect(findRun(root, folder)).toBe(folder);
    expect(findRun(root, relative(cwd(), folder))).toBe(folder);
    expect(findRun(root, `${folder}/`)).toBe(folder);
  });
});

describe('a run is not found', () => {
  test.each([
    ['20260109', 'unknown-run', /20260101/],
    ['dmo', 'unknown-run', /Did you mean `demo`/],
    ['lasst', 'unknown-run', /Did you mean `last`/],
    ['depth', 'unknown-run', /`pipe compare depth`.*`pipe ls --where sweep=depth`/],
    ['depth/20260104-000000-cccc4444', 'unknown-run', /`pipe report depth\/20260104-000000-cccc4444`/],
    ['', 'unknown-run', /Runs: /],
    ['..', 'unknown-run', /Runs: /],
    ['2026', 'ambiguous-run', /demo-2\/20260103-000000-bbbb3333, demo\/20260102-000000-bbbb2222/],
    ['bbbb', 'ambiguous-run', /bbbb3333, .*bbbb2222/],
  ])("where '%s' is named: %s", (wanted, code, advice) => {
    expect(() => findRun(root, wanted)).toThrow(
      expect.objectContaining({ code, exitCode: 2, advice: expect.stringMatching(advice) as string }) as Error,
    );
  });

  test('where there are none', () => {
    expect(() => findRun(join(root, 'nowhere'), 'last')).toThrow(
      expect.objectContaining({ code: 'no-runs', exitCode: 2 }) as Error,
    );
  });

  test('where its record is damaged, which is named', () => {
    const file = join(root, 'demo/20260101-000000-aaaa1111/run.json');
    writeFileSync(file, '{');
    expect(() => openRun(root, '20260101')).toThrow(
      expect.objectContaining({
        code: 'damaged-record',
        exitCode: 5,
        message: expect.stringContaining(file) as string,
      }) as Error,
    );
  });
});

test('folders that begin with a dot hold no runs', () => {
  expect(runNames(root).map(({ pipeline }) => pipeline)).toEqual(['demo-2', 'demo', 'demo']);
});
