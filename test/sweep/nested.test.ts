import { describe, expect, test } from 'vitest';
import { errorsOf, projectWith } from './project.ts';

describe('nested choice', () => {
  // Development data make trainings of fold 03 prefer another depth than the others.
  const block = (strategy: string) => `  name: nested
  set: { params.development: speaker, params.seeds: [1] }
  objective: model.history.development
  space: { params.depth: [3, 4, 5], params.gain: [1, 2] }
${strategy}
  choice: nested
  parallel: 2
`;

  test('gives each fold its own configuration, in one final run', async () => {
    const project = projectWith(block(''));
    project.edit('stages/learn.ts', '(depth - 4)', '(depth - 3 - (data % 3))');
    const run = await project.sweep();
    expect(run.exitCode, run.stdout).toBe(0);
    const { record, trials } = project.record();
    expect(record.selection).toBe('selection for each fold without its test data');
    expect(record.chosen?.map(({ fold }) => fold)).toEqual(['01', '02', '03']);
    expect(new Set(record.chosen?.map(({ configuration }) => configuration['params.depth'])).size).toBeGreaterThan(1);
    for (const { fold, trial, objective } of record.chosen ?? []) {
      const own = trials.map((one) => one.replicates.find(({ point }) => point.fold === fold)?.value ?? NaN);
      expect(objective).toBe(Math.max(...own));
      expect(own[trial - 1]).toBe(objective);
    }
    // Nothing is trained again for the final run, which reads the test data of each fold once, with what was chosen for it.
    expect(project.lines('epochs.log')).toHaveLength(6 * 3 * 4);
    expect(
      project
        .lines('tests.log')
        .map((line) => (JSON.parse(line) as { depth: number }).depth)
        .sort(),
    ).toEqual(record.chosen?.map(({ configuration }) => configuration['params.depth']).sort());
  });

  test('keeps what the pipeline itself varies by fold', async () => {
    const project = projectWith(block(''));
    project.edit('stages/learn.ts', '(depth - 4)', '(depth - 3 - (data % 3))');
    project.edit(
      'toy.yaml',
      '    with:\n      seed:',
      '    vary: { fold: { "03": { rate: 0.002 } }, seed: { "1": { milliseconds: 1 } } }\n    with:\n      seed:',
    );
    const run = await project.sweep();
    expect(run.exitCode, run.stdout).toBe(0);
    const { chosen = [] } = project.record().record;
    const depths = chosen.map(({ configuration }) => configuration['params.depth']);
    expect(new Set(depths).size).toBeGreaterThan(1);
    // Fold 03 is tested with the model that its trial has trained.
    const tested = project.lines('tests.log').map((line) => JSON.parse(line) as { depth: number; rate: number });
    expect(tested.filter(({ rate }) => rate === 0.002).map(({ depth }) => depth)).toEqual([depths[2]]);
    expect(project.lines('epochs.log')).toHaveLength(6 * 3 * 4);
  });

  test('gives a fold nothing that its own configuration has not', async () => {
    const own = block('')
      .replace(
        'params.depth: [3, 4, 5], params.gain: [1, 2]',
        'stop: { settings: { sooner: { stages.model.with.stopAfter: 2 }, later: {} } }',
      )
      // Side by side each would train the epochs that both have.
      .replace('parallel: 2', 'parallel: 1');
    const project = projectWith(own);
    // Fold 01, the first, is the only one that is better when it stops sooner.
    const isFirst = "values.some(({ part, columns }) => part === 'development' && columns.speaker === '02')";
    project.edit('stages/learn.ts', '- 0.5 / (1 + state.epoch)', `- (${isFirst} ? 0.1 : -0.1) * state.epoch`);
    const run = await project.sweep();
    expect(run.exitCode, run.stdout).toBe(0);
    const { record } = project.record();
    expect(record.chosen?.map(({ configuration }) => configuration['stop'])).toEqual(['sooner', 'later', 'later']);
    const epochs = project.lines('tests.log').map((line) => (JSON.parse(line) as { epochs: number }).epochs);
    expect(epochs.sort()).toEqual([2, 4, 4]);
    // Nothing is trained again: each fold has its own trial's parameters. A stop of 2 is a beginning of the 4.
    expect(project.lines('epochs.log')).toHaveLength(3 * 4);
  });

  test('has a search for each fold where proposals depend on results', async () => {
    const project = projectWith(block('  strategy: { kind: tpe, startup: 2 }\n  budget: { trials: 4 }'));
    expect((await project.sweep()).exitCode).toBe(0);
    const { trials, record } = project.record();
    expect([...new Set(trials.map(({ search }) => search))]).toEqual(['fold=01', 'fold=02', 'fold=03']);
    expect(
      trials.every(({ search, replicates }) => replicates.every(({ point }) => `fold=${point.fold}` === search)),
    ).toBe(true);
    expect(record.chosen).toHaveLength(3);
    expect(record).toMatchObject({ budget: { trials: 4 }, planned: 12 });
    expect(project.lines('tests.log')).toHaveLength(3);
  });

  test('tests nothing where a fold has no trial that came to its end', async () => {
    const project = projectWith(block('  strategy: { kind: tpe, startup: 2 }\n  budget: { trials: 2 }'));
    // The development speaker of fold 03 is 01.
    const fails = "values.some(({ part, columns }) => part === 'development' && columns.speaker === '01')";
    project.edit('stages/learn.ts', 'depth === failAt', fails);
    const run = await project.sweep();
    expect(run.exitCode).toBe(1);
    const [error] = errorsOf(run);
    expect(error).toMatchObject({ code: 'fold-without-choice', exitCode: 1 });
    expect(error?.message).toContain('Nothing can be chosen for fold 03:');
    expect(project.lines('tests.log')).toEqual([]);
    expect(project.record().record).toMatchObject({ status: 'failed', counts: { trials: 6, done: 4, failed: 2 } });
    expect(project.record().record.final).toBeUndefined();
  });
});

describe('each part of a sweep', () => {
  test('is searched, chosen and tested by itself', async () => {
    const project = projectWith(`  name: parts
  set: { params.development: speaker, params.seeds: [1] }
  each: { one: { params.gain: 1 }, two: { params.gain: 3 } }
  objective: model.history.development
  space: { params.depth: [3, 4] }
`);
    expect((await project.sweep()).exitCode).toBe(0);
    const { record, trials } = project.record();
    expect(trials.map(({ search, trial }) => `${search} ${trial}`)).toEqual(['one 1', 'one 2', 'two 1', 'two 2']);
    expect(record.chosen?.map(({ each }) => each)).toEqual(['one', 'two']);
    expect(record.final?.map(({ each }) => each)).toEqual(['one', 'two']);
  });
});
