import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { locate } from '../../src/spec/index.ts';
import { loadSweep } from '../../src/sweep/load-sweep.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipe-load-sweep-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is wrong, as `code line:column message`. */
async function faults(text: string): Promise<readonly string[]> {
  const loaded = await load(text);
  if ('sweep' in loaded) return [];
  return loaded.diagnostics.map(({ code, message, place }) => {
    const at = place && locate(place);
    return `${code} ${at?.line}:${at?.column} ${message}`;
  });
}

function load(text: string) {
  writeFileSync(join(folder, 'sweep.yaml'), text);
  return loadSweep('sweep.yaml', folder);
}

const withBlock = (block: string) =>
  `pipeline: a.yaml\nsweep:\n  name: some\n  objective: model.history.development\n${block}`;

describe('a sweep block', () => {
  test('says what is searched, how, and by what', async () => {
    const loaded = await load(
      withBlock(`  set: { params.epochs: 5 }
  space:
    params.depth: [3, 4]
    params.rate: { log: [0.001, 0.1], steps: 3 }
    params.lstm: { range: [16, 64], step: 16 }
    size: { settings: { small: {}, large: { params.width: 9 } } }
    params.extra: { choices: [1, 2], when: { size: [large] } }
  strategy: { kind: tpe, seed: 7, startup: 4 }
  budget: { trials: 10, hours: 1 }
  parallel: 3
  choice: nested
  final: { params.seeds: [1, 2] }
`),
    );
    if ('diagnostics' in loaded) throw new Error(JSON.stringify(loaded.diagnostics));
    const { sweep } = loaded;
    expect(sweep).toMatchObject({
      name: 'some',
      pipelineFile: join(folder, 'a.yaml'),
      strategy: { kind: 'tpe', seed: 7, startup: 4 },
      budget: { trials: 10, hours: 1 },
      parallel: 3,
      choice: 'nested',
      objective: { stage: 'model', output: 'history', field: ['development'], direction: 'maximise' },
    });
    expect(sweep.space).toEqual([
      { kind: 'choice', path: 'params.depth', values: [3, 4] },
      { kind: 'range', path: 'params.rate', low: 0.001, high: 0.1, log: true, steps: 3 },
      { kind: 'range', path: 'params.lstm', low: 16, high: 64, step: 16 },
      { kind: 'choice', path: 'size', values: ['small', 'large'] },
      { kind: 'choice', path: 'params.extra', values: [1, 2], when: { size: ['large'] } },
    ]);
    expect(sweep.settingsOf('size', 'large')).toMatchObject([{ path: 'params.width', value: 9 }]);
    expect(sweep.settingsOf('params.depth', 4)).toMatchObject([{ path: 'params.depth', value: 4 }]);
    expect(sweep.final).toMatchObject([{ path: 'params.seeds', value: [1, 2] }]);
  });

  test('may stand in the pipeline itself', async () => {
    const loaded = await load(`pipeline: own
stages: { corpus: { uses: letters } }
sweep: { name: own, objective: model.history.loss, space: { params.a: [1] } }
`);
    expect(loaded).toMatchObject({ sweep: { name: 'own', pipelineFile: join(folder, 'sweep.yaml') } });
  });

  test('is a grid, pooled, one trial at a time, unless it says otherwise', async () => {
    const loaded = await load(withBlock('  space: { params.a: [1] }\n'));
    expect(loaded).toMatchObject({ sweep: { strategy: { kind: 'grid' }, parallel: 1, choice: 'pooled', budget: {} } });
  });

  test('can minimise', async () => {
    const loaded = await load(
      'pipeline: a.yaml\nsweep: { name: a, objective: { minimise: model.history.loss }, space: { params.a: [1] } }\n',
    );
    expect(loaded).toMatchObject({ sweep: { objective: { direction: 'minimise', field: ['loss'] } } });
  });
});

describe('what is wrong with it is told with its place', () => {
  test('a file without one', async () => {
    expect(await faults('pipeline: a\nstages: { corpus: { uses: letters } }\n')).toEqual([
      'no-sweep 1:1 There is no `sweep` in this file.',
    ]);
  });

  test('unknown and missing keys', async () => {
    expect(await faults('pipeline: a.yaml\nsweep:\n  name: a\n  spce: { params.a: [1] }\n')).toEqual([
      'missing-key 2:1 The key `objective` is missing.',
      'missing-key 2:1 The key `space` is missing.',
      'unknown-key 4:3 Unknown key `spce`.',
    ]);
  });

  test.each([
    ['params.a: {}', 'bad-space 6:5 `params.a` says nothing of what is tried.'],
    ['params.a: { range: [1, 2], log: [1, 2] }', 'bad-space 6:5 `params.a` has range and log.'],
    ['params.a: { choices: [1], steps: 3 }', 'bad-space 6:5 `steps` of `params.a` belongs to `range` and `log`.'],
    ['params.a: { range: [2, 1] }', 'bad-space 6:5 `params.a` ends at 1, which is below its begin 2.'],
    ['params.a: { range: [0, 1] }', 'bad-space 6:5 `params.a` needs `steps` in a grid.'],
    ['params.a: [1, 1]', 'bad-space 6:5 `params.a` has the value 1 twice.'],
    ['depth: [1, 2]', 'bad-space 6:5 `depth` is not a path.'],
    [
      'params.a: { choices: [1], when: { params.b: [2] } }',
      'bad-space 6:5 `params.a` depends on params.b, which is not searched.',
    ],
    [
      'params.a: { range: [1] }',
      'wrong-type 6:24 `sweep.space.params.a.range` must be a list of two numbers: from, to, not a list.',
    ],
  ])('%s', async (dimension, fault) => {
    expect(await faults(withBlock(`  space:\n    ${dimension}\n`))).toEqual([fault]);
  });

  test.each([
    ['strategy: { kind: grid, seed: 1 }', 'bad-strategy 6:27 The strategy `grid` has no `seed`.'],
    ['strategy: random', 'missing-budget 6:3 The strategy `random` has no end by itself.'],
    [
      'strategy: tpee',
      'wrong-type 6:13 `sweep.strategy` must be one of `grid`, `random`, `tpe`, `halving`, or a mapping with `kind`, not the text "tpee".',
    ],
    ['budget: { hours: 0 }', 'wrong-type 6:20 `sweep.budget.hours` must be a number above 0, not 0.'],
    [
      'strategy: { kind: halving, factor: 1.5 }',
      'wrong-type 6:38 `sweep.strategy.factor` must be a number of at least 2, not 1.5.',
    ],
    ['choice: best', 'wrong-type 6:11 `sweep.choice` must be one of `pooled`, `nested`, not the text "best".'],
  ])('%s', async (line, fault) => {
    expect(await faults(withBlock(`  space: { params.a: [1, 2] }\n  ${line}\n`))).toEqual([fault]);
  });

  test('halving without trials, or with hours', async () => {
    expect(
      await faults(withBlock('  space: { params.a: [1] }\n  strategy: halving\n  budget: { hours: 1 }\n')),
    ).toEqual([
      'missing-budget 7:3 The strategy `halving` has no end by itself.',
      'bad-strategy 7:13 Successive halving cannot stop after some hours: nobody would have been trained to the end.',
    ]);
  });

  test('what is wrong in one key does not hide what is wrong in another', async () => {
    const block = `  space: { depth: [1, 2] }
  strategy: { kind: random, startup: 3 }
  budget: { trials: none }
  choice: best
  set: []
`;
    expect(await faults(withBlock(block).replace('model.history.development', 'development'))).toEqual([
      'bad-objective 4:14 `development` is not of the form `stage.output.field`.',
      'bad-space 5:12 `depth` is not a path.',
      'bad-strategy 6:29 The strategy `random` has no `startup`.',
      'wrong-type 7:21 `sweep.budget.trials` must be an integer from 1 to 100000, not the text "none".',
      'wrong-type 8:11 `sweep.choice` must be one of `pooled`, `nested`, not the text "best".',
      'wrong-type 9:8 `sweep.set` must be a mapping of paths to values, such as `params.epochs: 10`, not an empty list.',
    ]);
  });

  test('an objective that is no path', async () => {
    expect(
      await faults('pipeline: a.yaml\nsweep: { name: a, objective: development, space: { params.a: [1] } }\n'),
    ).toEqual(['bad-objective 2:30 `development` is not of the form `stage.output.field`.']);
  });
});
