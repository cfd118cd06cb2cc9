import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestFiles, seal } from '../../src/experiment/seal.ts';
import { sweepReport } from '../../src/report/index.ts';
import { bestSoFar, searchesOf } from '../../src/report/sweep-trials.ts';
import { shortNames } from '../../src/sweep/search/space.ts';
import type { SweepRecord, TrialRecord } from '../../src/sweep/sweep-record.ts';

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-report-'));
  home = join(root, 'experiments', '.sweeps', 'depth', '20260101-000000-aaaaaaaa');
  mkdirSync(home, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folders = () => ({ experiments: join(root, 'experiments'), artifacts: join(root, 'artifacts') });

function trial(
  number: number,
  depth: number,
  rate: number,
  objective: number | null,
  more: Partial<TrialRecord> = {},
): TrialRecord {
  return {
    search: '',
    trial: number,
    configuration: { 'params.depth': depth, 'params.rate': rate, ...(depth > 3 && { 'params.kernel': '5x5' }) },
    overrides: [],
    status: objective === null ? 'failed' : 'done',
    replicates: [{ point: { seed: 1 }, value: objective }],
    objective,
    cost: { epochs: 40, seconds: 12.54 },
    run: `demo/${number}`,
    ...more,
  };
}

const trials = [
  trial(1, 3, 0.001, 0.7),
  trial(2, 3, 0.01, 0.72),
  trial(3, 4, 0.001, 0.8),
  trial(4, 4, 0.1, 0.82),
  trial(5, 5, 0.01, 0.6, { status: 'paused' }),
  trial(6, 5, 0.02, 0.81),
  trial(7, 4, 0.05, null),
];

const sweep = {
  format: 1,
  name: 'depth',
  id: '20260101-000000-aaaaaaaa',
  spec: '/p/depth.yaml',
  pipeline: { name: 'demo', file: '/p/demo.yaml' },
  overrides: ['params.epochs=3'],
  data: {},
  status: 'done',
  startedAt: '2026-01-01T00:00:00.000Z',
  definition: {},
  space: [
    { kind: 'choice', path: 'params.depth', values: [3, 4, 5] },
    { kind: 'range', path: 'params.rate', low: 0.001, high: 0.1, log: true },
    { kind: 'choice', path: 'params.kernel', values: ['3x3', '5x5'], when: { 'params.depth': [4, 5] } },
  ],
  strategy: { kind: 'tpe', startup: 4 },
  objective: {
    text: 'model.history.development',
    direction: 'maximise',
    stage: 'model',
    output: 'history',
    field: ['development'],
  },
  budget: { trials: 7 },
  parallel: 2,
  choice: 'pooled',
  selection: 'selection saw all speakers',
  chosen: [
    {
      search: '',
      trial: 4,
      configuration: { 'params.depth': 4, 'params.rate': 0.1, 'params.kernel': '5x5' },
      objective: 0.82,
    },
  ],
  final: [{ run: 'demo/final', overrides: [], status: 'done', headline: ['UAR 77 % of utterances'] }],
  counts: { trials: 7, done: 5, paused: 1, failed: 1 },
  process: { machine: 'elsewhere', pid: 1, start: '1' },
  environment: {
    node: '22.0.0',
    pipe: '0.1.0',
    packageLock: '',
    packages: {},
    system: 'linux',
    cpu: 'a cpu',
    cores: 2,
    memoryBytes: 1e9,
  },
} as const satisfies SweepRecord;

function write(changes: Partial<SweepRecord> = {}, own: readonly TrialRecord[] = trials): void {
  writeFileSync(join(home, 'sweep.yaml'), 'sweep: ...\n');
  writeFileSync(join(home, 'trials.jsonl'), own.map((one) => `${JSON.stringify(one)}\n`).join(''));
  writeFileSync(join(home, 'sweep.json'), JSON.stringify(seal({ ...sweep, ...changes })));
}

describe('the report of a sweep', () => {
  test('has its trials, coordinates, importance and objective, and what was chosen', async () => {
    write();
    const { page, figures, tables, files, name } = await sweepReport(folders(), 'depth');
    expect(name).toBe('depth-20260101-000000-aaaaaaaa');
    expect(figures.map((figure) => figure.name)).toEqual(['objective', 'parallel-coordinates', 'importance']);
    expect(tables.map((table) => table.name)).toEqual(['chosen', 'trials', 'importance']);
    expect(tables[0]?.rows).toEqual([['all', '4', '4', '0.1', '5x5', '0.8200']]);
    expect(tables[1]?.rows.map(([number, value, , , , , , , status]) => [number, value, status])).toEqual([
      ['4', '0.8200', 'chosen'],
      ['6', '0.8100', 'done'],
      ['3', '0.8000', 'done'],
      ['2', '0.7200', 'done'],
      ['1', '0.7000', 'done'],
      ['5', '0.6000', 'paused'],
      ['7', null, 'failed'],
    ]);
    expect(files['trials.csv']?.split('\r\n')[4]).toBe(',4,done,1,0.82,40,12.54,demo/4,4,0.1,5x5');
    expect(page).toContain('selection saw all speakers');
    expect(page).toContain('its result may be somewhat too good');
    expect(page).toContain('UAR 77 % of utterances');
    expect(page).toContain('tpe, startup 4');
    expect(page).toContain('7: 5 done, 1 paused, 1 failed');
    expect(page).toContain('trial n is proposed from exactly the trials up to n - 2');
  });

  test('says of each figure what it shows', async () => {
    write();
    const { figures } = await sweepReport(folders(), 'depth');
    const [objective, coordinates, importance] = figures.map(({ alt }) => alt);
    expect(objective).toBe(
      'The objective model.history.development of 6 trials; the best of those that were trained to the end is 0.8200, ' +
        'first reached after 4 of them.',
    );
    expect(coordinates).toContain(
      '5 trials over 3 parameters (depth, rate, kernel) and the objective; chosen: trial 4.',
    );
    expect(importance).toMatch(/^Share of the objective's variance by parameter, over 5 trials: /);
  });

  test('has an axis for each parameter and the objective, also where these end alike', async () => {
    const development = { kind: 'choice', path: 'params.development', values: [3, 4, 5] } as const;
    const own = trials.map((one, index) => ({ ...one, configuration: { 'params.development': 3 + (index % 3) } }));
    write({ space: [development] }, own);
    const { figures } = await sweepReport(folders(), 'depth');
    const coordinates = figures.find(({ name }) => name === 'parallel-coordinates');
    expect(coordinates?.svg).toContain('>params.develop');
    expect(coordinates?.svg).toContain('>history.develop');
  });

  test('that was chosen for each fold alone says so, and of several searches has a part for each', async () => {
    const searches = ['base/x', 'large'].flatMap((search) => trials.map((one) => ({ ...one, search })));
    const chosen = ['base/x', 'large'].map((search) => ({ ...sweep.chosen[0], search, each: search, fold: '03' }));
    write(
      { choice: 'nested', foldAxis: 'fold', selection: 'nested: no choice saw its test speaker', chosen },
      searches,
    );
    const { page, figures, tables } = await sweepReport(folders(), 'depth');
    expect(page).toContain('its test data took no part');
    const names = figures.map((figure) => figure.name);
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
    expect(tables[0]?.rows.map(([what]) => what)).toEqual(['base/x, fold 03', 'large, fold 03']);
  });

  test('of searches with names that look alike in a file name has files of each', async () => {
    const searches = ['base/x', 'base x', 'Größe', '…'].flatMap((search) => trials.map((one) => ({ ...one, search })));
    write({}, searches);
    const { figures, tables } = await sweepReport(folders(), 'depth');
    const names = figures.map((figure) => figure.name);
    expect(new Set(names).size).toBe(12);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]*[a-z0-9]$/);
    expect(new Set(tables.map(({ name }) => name)).size).toBe(1 + 8);
  });

  test('tells the command that makes it again, with what was given on the command line', async () => {
    write({
      spec: '/my p/depth.yaml',
      overrides: ['params.epochs=3', 'params.name="a b"'],
      data: { corpus: '/data/emo db' },
      engine: 'wasm',
    });
    writeFileSync(join(home, 'sweep.yaml'), 'sweep:\n  set: { params.epochs: 3 }\n');
    const { page } = await sweepReport(folders(), 'depth');
    expect(page.replaceAll('&#39;', "'").replaceAll('&quot;', '"')).toContain(
      `pipe sweep '/my p/depth.yaml' --set 'params.name="a b"' --data 'corpus=/data/emo db' --engine wasm --new`,
    );
  });

  test('that is not done says so, and that nothing was chosen or tested', async () => {
    const { chosen: _, final: __, ...rest } = sweep;
    const failed: SweepRecord = { ...rest, status: 'failed', error: { code: 'a', message: 'no disk' } };
    writeFileSync(join(home, 'trials.jsonl'), `${JSON.stringify(trials[0])}\n`);
    writeFileSync(join(home, 'sweep.json'), JSON.stringify(seal(failed)));
    const { page } = await sweepReport(folders(), 'depth');
    expect(page).toContain('The sweep is not done: it is failed (no disk).');
    expect(page).toContain('Nothing was chosen yet.');
    expect(page).toContain('The test data were not read.');
  });

  test('whose test data were read twice warns', async () => {
    write({ final: [sweep.final[0], sweep.final[0]] });
    expect((await sweepReport(folders(), 'depth')).page).toContain('The test data were read 2 times.');
  });

  test('is refused without trials, and for a damaged record', async () => {
    write({}, []);
    await expect(sweepReport(folders(), 'depth')).rejects.toMatchObject({
      code: 'sweep-without-trials',
      exitCode: 2,
      advice: 'Go on with it: pipe sweep /p/depth.yaml --set params.epochs=3',
    });
    write();
    writeFileSync(
      join(home, 'sweep.json'),
      JSON.stringify({ ...seal({ ...sweep, files: digestFiles(home) }), name: 'x' }),
    );
    await expect(sweepReport(folders(), 'depth')).rejects.toMatchObject({ code: 'damaged-record', exitCode: 5 });
    await expect(sweepReport(folders(), 'width')).rejects.toMatchObject({ code: 'unknown-sweep' });
  });
});

test('what matters takes the names of settings that say numbers as these, for a report as for a comparison', () => {
  const named = trials.map((one) => ({
    ...one,
    configuration: { ...one.configuration, 'params.depth': JSON.stringify(one.configuration['params.depth']) },
  }));
  const ofDepth = (own: readonly TrialRecord[]) => {
    const [search] = searchesOf({ folder: home, record: sweep, trials: own });
    return search?.importance.find(({ path }) => path === 'params.depth');
  };
  expect(ofDepth(named)).toEqual(ofDepth(trials));
  expect(ofDepth(named)?.correlation).toBeGreaterThan(0.5);
});

test('the best so far goes with the direction', () => {
  const whole = [0.5, 0.7, 0.6, 0.8].map((objective, index) => ({ ...trial(index, 3, 1, objective), objective }));
  expect(bestSoFar(whole, 'maximise')).toEqual([0.5, 0.7, 0.7, 0.8]);
  expect(bestSoFar(whole, 'minimise')).toEqual([0.5, 0.5, 0.5, 0.5]);
});

test('paths are as short as tells them apart', () => {
  expect(shortNames(['params.a.depth', 'params.b.depth', 'params.rate'])).toEqual(['a.depth', 'b.depth', 'rate']);
  expect(shortNames(['stages.a.with.net.depth', 'stages.b.with.net.depth', 'stages.a.with.net.kernel.0'])).toEqual([
    'a.net.depth',
    'b.net.depth',
    'kernel.0',
  ]);
});
