import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { commandAgain } from '../../src/experiment/command-again.ts';
import type { RunRecord } from '../../src/experiment/index.ts';

const record = {
  spec: '/a b/demo.yaml',
  overrides: ['params.seeds=[1, 2]', "params.word=it's"],
  data: { emodb: '/data/emodb' },
  engines: { model: 'wasm, 2 threads', answers: 'wasm, 1 thread' },
} as unknown as RunRecord;

it('gives the whole command of a run, as a shell reads it', () => {
  expect(commandAgain({ folder: '/nowhere', record })).toBe(
    String.raw`pipe run '/a b/demo.yaml' --set 'params.seeds=[1, 2]' --set 'params.word=it'\''s' --data emodb=/data/emodb --engine wasm`,
  );
});

it('names no engine where there are several, or none', () => {
  const several = { ...record, engines: { model: 'wasm, 1 thread', answers: 'tensorflow (2.18.0), 1 thread' } };
  expect(commandAgain({ folder: '/nowhere', record: several })).not.toContain('--engine');
  expect(commandAgain({ folder: '/nowhere', record: { ...record, engines: {} } })).not.toContain('--engine');
});

it('gives the sweep of a trial, with what that was given on the command line', () => {
  const experiments = mkdtempSync(join(tmpdir(), 'pipe-command-'));
  onTestFinished(() => rmSync(experiments, { recursive: true, force: true }));
  mkdirSync(join(experiments, '.sweeps/depth/1'), { recursive: true });
  const sweep = { spec: '/a b/depth.yaml', overrides: ['a=1', 'b="c d"'], data: { emodb: '/data' }, engine: 'wasm' };
  writeFileSync(join(experiments, '.sweeps/depth/1/sweep.json'), JSON.stringify(sweep));
  writeFileSync(join(experiments, '.sweeps/depth/1/sweep.yaml'), 'sweep:\n  set: { a: 1 }\n');
  const trial = { ...record, sweep: { name: 'depth', id: '1', trial: 3 } };
  const folder = join(experiments, 'demo/2');
  expect(commandAgain({ folder, record: trial })).toBe(
    `pipe sweep '/a b/depth.yaml' --set 'b="c d"' --data emodb=/data --engine wasm`,
  );
});
