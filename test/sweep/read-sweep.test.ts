import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as sealing from '../../src/experiment/seal.ts';
import { seal } from '../../src/experiment/seal.ts';
import { recordRun } from '../support/recorded-runs.ts';
import { checkSweeps, findSweep, isSweep, openSweep, readSweep } from '../../src/sweep/read-sweep.ts';

/** What another process does between the read of a record and those of the files that it has checksums of. */
const between = vi.hoisted(() => ({ act: (): void => undefined }));
vi.mock('../../src/experiment/seal.ts', async (original) => {
  const module = await original<typeof sealing>();
  return {
    ...module,
    changedFiles: (...given: Parameters<typeof module.changedFiles>) => {
      between.act();
      return module.changedFiles(...given);
    },
  };
});

let folder: string;
const trials = '{"search":"","trial":1,"configuration":{"depth":3},"status":"done","objective":0.5}\n';
const record = {
  format: 1,
  name: 'depth',
  id: '1',
  status: 'done',
  definition: {},
  objective: {},
  process: { machine: 'another', pid: 1, start: '1' },
  files: { 'trials.jsonl': createHash('sha256').update(trials).digest('hex') },
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-read-sweep-'));
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(seal(record)));
  writeFileSync(join(folder, 'trials.jsonl'), trials);
});
afterEach(() => {
  between.act = () => undefined;
  rmSync(folder, { recursive: true, force: true });
});

it('reads the trials of a sweep that has ended', () => {
  expect(openSweep(folder).trials).toMatchObject([{ trial: 1, objective: 0.5 }]);
});

it.each([
  ['with another digit', trials.replace('0.5', '0.6')],
  ['cut short', trials.slice(0, -20)],
  ['empty', ''],
])('takes no trials %s for a fact', (_, text) => {
  writeFileSync(join(folder, 'trials.jsonl'), text);
  expect(readSweep(folder)).toMatchObject({ path: join(folder, 'trials.jsonl') });
  expect(() => openSweep(folder)).toThrow(/trials\.jsonl is damaged/);
});

describe('a sweep that goes on while it is read', () => {
  const goOn = (where: string) => {
    const { files: _, ...rest } = record;
    const resumed: { readonly status: string; readonly files?: Readonly<Record<string, string>> } = rest;
    between.act = () => {
      between.act = () => undefined;
      writeFileSync(join(where, 'sweep.json'), JSON.stringify(seal({ ...resumed, status: 'running' })));
      writeFileSync(join(where, 'trials.jsonl'), trials + trials.replace('"trial":1', '"trial":2'));
    };
  };

  it('has the trials that are there by then', () => {
    goOn(folder);
    expect(openSweep(folder)).toMatchObject({ record: { status: 'running' }, trials: [{ trial: 1 }, { trial: 2 }] });
  });

  it('is no damage', () => {
    const own = join(folder, '.sweeps/depth/1');
    mkdirSync(own, { recursive: true });
    for (const name of ['sweep.json', 'trials.jsonl']) cpSync(join(folder, name), join(own, name));
    goOn(own);
    expect(checkSweeps(folder)).toEqual([]);
  });
});

it('is meant by a beginning that its own runs share, but not by one that another run shares', () => {
  const experiments = join(folder, 'experiments');
  const own = join(experiments, '.sweeps/demo-depth/20260101-000000-aaaaaaaa');
  mkdirSync(own, { recursive: true });
  cpSync(join(folder, 'sweep.json'), join(own, 'sweep.json'));
  recordRun(experiments, '20260101-000001-bbbbbbbb', {
    record: { sweep: { name: 'demo-depth', id: '20260101-000000-aaaaaaaa', trial: 1 } },
  });
  expect(isSweep(experiments, '20260101-0000')).toBe(true);
  recordRun(experiments, '20260101-000002-aacccccc', { pipeline: 'other' });
  for (const wanted of ['20260101-0000', '2026', 'aa']) {
    expect(() => isSweep(experiments, wanted)).toThrow(
      expect.objectContaining({
        code: 'ambiguous-run',
        message: `'${wanted}' may be any of 2 runs and sweeps.`,
        advice: 'It may be the sweep demo-depth/20260101-000000-aaaaaaaa, other/20260101-000002-aacccccc.',
      }),
    );
  }
  expect(isSweep(experiments, '20260101-000000')).toBe(true);
  expect(isSweep(experiments, '20260101-000002')).toBe(false);
  expect(isSweep(experiments, 'demo-d')).toBe(true);
  expect(isSweep(experiments, 'nothing')).toBe(false);
});

it('is meant by the beginning of its name, but not where that is the name of a pipeline', () => {
  const experiments = join(folder, 'experiments');
  const own = join(experiments, '.sweeps/demo-depth/20260101-000000-aaaaaaaa');
  mkdirSync(own, { recursive: true });
  // One that was killed before it had a record is none.
  mkdirSync(join(experiments, '.sweeps/demo-depth/20260102-000000-bbbbbbbb'));
  cpSync(join(folder, 'sweep.json'), join(own, 'sweep.json'));
  expect(isSweep(experiments, 'demo')).toBe(true);
  expect(findSweep(experiments, 'demo-depth')).toBe(own);
  mkdirSync(join(experiments, 'demo/20260103-000000-cccccccc'), { recursive: true });
  expect(isSweep(experiments, 'demo')).toBe(false);
  expect(isSweep(experiments, 'demo-depth')).toBe(true);
  expect(isSweep(experiments, '20260101-000000-aaaaaaaa')).toBe(true);
});
