import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunDifference, diffRuns } from '../../src/experiment/difference/index.ts';
import type { FoundRun, RunRecord } from '../../src/experiment/index.ts';
import type { Fact, StageFact } from '../../src/plan/facts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-difference-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

interface Given {
  readonly yaml?: string;
  readonly facts?: readonly Fact[];
  readonly record?: Partial<RunRecord>;
}

let count = 0;
function runOf({ yaml = 'pipeline: p\n', facts = [], record = {} }: Given): FoundRun {
  const folder = join(root, `${(count += 1)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'pipeline.yaml'), yaml);
  writeFileSync(join(folder, 'tasks.jsonl'), facts.map((fact) => `${JSON.stringify(fact)}\n`).join(''));
  const environment = {
    node: '20.20.0',
    pipe: '0.1.0',
    packageLock: 'a'.repeat(64),
    packages: { yaml: '2.9.1' },
    system: 'linux',
    cpu: 'cpu',
    cores: 2,
    memoryBytes: 1,
  };
  return {
    folder,
    record: {
      format: 1,
      run: `${count}`,
      pipeline: 'p',
      spec: '/p.yaml',
      overrides: [],
      data: {},
      status: 'done',
      startedAt: '',
      process: { machine: 'host boot', pid: 1, start: '1' },
      environment,
      ...record,
    },
  };
}

const diff = (from: Given, to: Given): RunDifference => diffRuns(runOf(from), runOf(to));
const stage = (more: Partial<StageFact> = {}): StageFact => ({
  type: 'stage',
  stage: 'model',
  uses: 'train',
  code: 'old',
  engine: undefined,
  points: [{ point: {}, params: {} }],
  ...more,
});
const params = (value: StageFact['points'][number]['params']): readonly Fact[] => [
  stage({ points: [{ point: {}, params: value }] }),
];

describe('parameters', () => {
  test('are told with their place, an override before what it overrides', () => {
    const yaml = 'pipeline: p\nparams:\n  depth: 3\n  seeds: [1, 2]\n';
    const { parameters } = diff({ yaml }, { yaml, record: { overrides: ['params.depth=4'] } });
    expect(parameters).toEqual([
      {
        path: 'params.depth',
        from: 3,
        to: 4,
        places: {
          from: expect.objectContaining({ line: 3, column: 10 }) as object,
          to: expect.objectContaining({ file: '--set params.depth=4', column: 14 }) as object,
        },
      },
    ]);
  });

  test('that only one of both has have one place', () => {
    const { parameters } = diff({ yaml: 'pipeline: p\n' }, { yaml: 'pipeline: p\nparams: { depth: 3 }\n' });
    expect(parameters).toEqual([
      {
        path: 'params',
        from: undefined,
        to: { depth: 3 },
        places: { to: expect.objectContaining({ line: 2 }) as object },
      },
    ]);
  });

  test('whose default changed are told, those that are written are told once', () => {
    const yaml = (rate: number) =>
      `pipeline: p\nparams: { kernels: [3] }\nstages:\n  model:\n    with: { rate: ${rate}, network: { depth: 3 }, kernels: "\${params.kernels}" }\n`;
    const made = (rate: number, more: object) => params({ rate, kernels: [3], ...more });
    const { parameters } = diff(
      { yaml: yaml(0.1), facts: made(0.1, { network: { depth: 3, lstm: 64 }, epochs: 10 }) },
      { yaml: yaml(0.2), facts: made(0.2, { network: { depth: 3, lstm: 128 }, epochs: 20 }) },
    );
    expect(parameters.map(({ path, from, to }) => [path, from, to])).toEqual([
      ['stages.model.with.rate', 0.1, 0.2],
      ['stages.model.with.epochs', 10, 20],
      ['stages.model.with.network.lstm', 64, 128],
    ]);
    expect(parameters.map((parameter) => 'places' in parameter)).toEqual([true, false, false]);
  });
});

describe('stages that only one has run', () => {
  const task = (name: string): Fact => ({ type: 'task', task: name, key: name, inputs: {}, outputs: {} });
  const stages = [stage(), stage({ stage: 'scores' })];

  test('are told in place of a verdict on results that cannot be equal', () => {
    const [all, trial] = [
      { facts: [...stages, task('model fold=1'), task('scores fold=1')] },
      { facts: [...stages, task('model fold=1')] },
    ];
    expect(diff(all, trial)).toMatchObject({ onlyFrom: ['scores'], onlyTo: [], sameResults: undefined });
    expect(diff(trial, all)).toMatchObject({ onlyFrom: [], onlyTo: ['scores'], sameResults: undefined });
    expect(diff(all, all)).toMatchObject({ onlyFrom: [], onlyTo: [] });
  });
});

describe('what made the results', () => {
  const engine = { name: 'wasm', code: 'e1', threads: 1 };

  test('tells code by stage type, and engines by stage', () => {
    const { made } = diff(
      { facts: [stage({ engine }), stage({ stage: 'control', engine })] },
      {
        facts: [
          stage({ code: 'new', engine: { ...engine, code: 'e2' } }),
          stage({ stage: 'control', code: 'new', engine }),
        ],
      },
    );
    expect(made?.code).toEqual([{ uses: 'train', stages: ['model', 'control'] }]);
    expect(made?.engines).toEqual([{ stage: 'model', message: 'the code of the engine wasm changed' }]);
  });

  test('tells items with another label from items with other bytes', () => {
    const item = (id: string, label: string, digest: string): Fact => ({
      type: 'item',
      stage: 'corpus',
      id,
      columns: { label },
      files: { audio: digest },
    });
    const { made } = diff(
      { facts: [stage(), item('a', 'x', '1'), item('b', 'x', '2'), item('c', 'x', '3')] },
      { facts: [stage(), item('a', 'y', '1'), item('b', 'y', '9'), item('d', 'x', '3')] },
    );
    expect(made?.data).toEqual([{ stage: 'corpus', added: ['d'], removed: ['c'], changed: ['b'], relabelled: ['a'] }]);
  });

  test('is not known of a run that was killed', () => {
    expect(diff({ facts: [] }, { facts: [stage()] }).made).toBeUndefined();
  });
});

test('the environment tells what is not the same', () => {
  const { environment } = runOf({}).record;
  const { packages, environment: found } = diff(
    { record: { engines: { model: 'wasm, 1 thread' } } },
    {
      record: {
        process: { machine: 'other boot', pid: 1, start: '1' },
        environment: {
          ...environment,
          node: '24.1.0',
          packages: { yaml: '2.9.2', ajv: '8.0.0' },
          git: { commit: 'c'.repeat(40), dirty: true },
        },
      },
    },
  );
  expect(packages).toEqual([
    { what: 'ajv', from: undefined, to: '8.0.0' },
    { what: 'yaml', from: '2.9.1', to: '2.9.2' },
  ]);
  expect(found).toEqual([
    { what: 'node', from: '20.20.0', to: '24.1.0' },
    { what: 'host', from: 'host', to: 'other' },
    { what: 'git commit', from: undefined, to: 'c'.repeat(12) },
    { what: 'uncommitted changes', from: undefined, to: 'yes' },
    { what: 'engine of model', from: 'wasm, 1 thread', to: undefined },
  ]);
});

test('figures are told side by side with their difference', () => {
  const { metrics } = diff({ record: { metrics: { uar: 0.5, war: 0.25 } } }, { record: { metrics: { uar: 0.75 } } });
  expect(metrics).toEqual([
    { what: 'uar', from: 0.5, to: 0.75, difference: 0.25 },
    { what: 'war', from: 0.25, to: undefined },
  ]);
});
