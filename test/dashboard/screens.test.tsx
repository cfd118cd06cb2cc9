import { describe, expect, test } from 'vitest';
import type { RunModel } from '../../src/dashboard/run-model.ts';
import { after, failed, fold, runEnded, runInTheMiddle, said } from './made-up-run.ts';
import { sweepInTheMiddle } from './made-up-sweep.ts';
import { type MountOptions, calm, mount } from './mount.tsx';

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 40, rows: 12 },
];

interface Scene {
  readonly options: MountOptions;
  readonly keys?: readonly string[];
}

const run = (model: RunModel, more: Partial<MountOptions> = {}): MountOptions => ({
  source: { kind: 'run', model },
  now: after(60),
  ...more,
});

const traceback = `Error: no speech in it
    at readSegments (file:///project/stages/train/features.ts:41:11)
    at Object.run (file:///project/stages/train.ts:72:27)`;

const scenes: Readonly<Record<string, () => Scene>> = {
  run: () => ({ options: run(runInTheMiddle()) }),
  'run-paused': () => {
    const model = runInTheMiddle();
    model.apply({ type: 'run-paused' }, after(60));
    return { options: run(model) };
  },
  'run-stopping': () => ({ options: run(runInTheMiddle(), { surroundings: { ...calm, stopping: true } }) }),
  'run-interrupted': () => {
    const model = runInTheMiddle();
    model.apply(runEnded('interrupted', 61), after(61));
    return { options: run(model, { watching: true, controls: { quit: () => undefined } }) };
  },
  'log-of-training': () => ({ options: run(runInTheMiddle()), keys: ['\r'] }),
  'log-of-failure': () => {
    const model = runInTheMiddle();
    model.apply(said(fold('11'), 'reading 85 utterances'), after(58));
    model.apply(
      failed(fold('11'), { detail: traceback, advice: 'Look at the file.', file: '/data/07a63.wav' }),
      after(59),
    );
    return { options: run(model), keys: ['j', 'j', '\r'] };
  },
  help: () => ({ options: run(runInTheMiddle()), keys: ['?'] }),
  sweep: () => ({ options: { source: { kind: 'sweep', model: sweepInTheMiddle() }, now: after(610) } }),
  'sweep-best-first': () => ({
    options: { source: { kind: 'sweep', model: sweepInTheMiddle() }, now: after(610) },
    keys: ['s'],
  }),
  'trial-running': () => ({
    options: { source: { kind: 'sweep', model: sweepInTheMiddle() }, now: after(610) },
    keys: ['\r'],
  }),
  'trial-over': () => ({
    options: { source: { kind: 'sweep', model: sweepInTheMiddle() }, now: after(610) },
    keys: ['G', 'k', 'k', 'k', '\r'],
  }),
};

describe.each(Object.entries(scenes))('the screen %s', (name, scene) => {
  test.each(sizes)('at $columns x $rows', async ({ columns, rows }) => {
    const { options, keys = [] } = scene();
    const dashboard = mount({ ...options, columns, rows });
    await dashboard.press(...keys);
    const screen = dashboard.screen();
    dashboard.unmount();
    expect(screen).not.toContain('\u001b');
    await expect(`${screen}\n`).toMatchFileSnapshot(`screens/${name}-${columns}x${rows}.txt`);
  });
});

test('colours only underline what the symbols say', () => {
  const [plain, coloured] = [false, true].map((colour) => {
    const dashboard = mount({ ...run(runInTheMiddle()), coloured: colour });
    const screen = dashboard.screen();
    dashboard.unmount();
    return screen;
  });
  expect(coloured).toContain('\u001b[31m✗');
  expect(coloured).toContain('\u001b[33m●');
  expect(coloured?.replaceAll(/\u001b\[[\d;]*m/g, '')).toBe(plain);
});
