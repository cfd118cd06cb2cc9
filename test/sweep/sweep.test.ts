import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SweepEvent } from '../../src/sweep/events.ts';
import { findSweep, readSweep } from '../../src/sweep/read-sweep.ts';
import type { TrialRecord } from '../../src/sweep/sweep-record.ts';
import { type SweepProject, type SweepRun, createSweepProject, gridBlock } from './project.ts';

const projects: SweepProject[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function projectWith(block: string): SweepProject {
  const project = createSweepProject(block);
  projects.push(project);
  return project;
}

/** One project for sweeps that are refused, so that its stage types are bundled once. */
const refusing = createSweepProject(gridBlock);
afterAll(() => refusing.remove());

function refused(block: string): SweepProject {
  refusing.write('sweep.yaml', `pipeline: toy.yaml\nsweep:\n${block}`);
  return refusing;
}

/** What of a trial does not depend on when and where it ran. */
const facts = ({ search, trial, configuration, status, replicates, objective, rungs }: TrialRecord) => ({
  search,
  trial,
  configuration,
  status,
  replicates,
  objective,
  rungs,
});

const ofType = <T extends SweepEvent['type']>(run: SweepRun, type: T) =>
  run.events.filter((event): event is Extract<SweepEvent, { type: T }> => event.type === type);

const errorsOf = ({ stdout }: SweepRun) =>
  stdout
    .split('\n')
    .filter((line) => line.includes('"type":"error"'))
    .map((line) => JSON.parse(line) as { code: string; message: string; advice: string; exitCode: number });

describe('a grid', () => {
  let project: SweepProject;
  let first: SweepRun;
  beforeAll(async () => {
    project = createSweepProject(gridBlock);
    first = await project.sweep();
  });
  afterAll(() => project.remove());

  test('trains each configuration once for each fold and seed, and chooses the best by development data', () => {
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const { record, trials } = project.record();
    expect(trials.map(({ configuration }) => configuration['params.depth'])).toEqual([3, 4, 5]);
    expect(trials.every(({ replicates }) => replicates.length === 6)).toBe(true);
    expect(record.chosen).toMatchObject([{ trial: 2, configuration: { 'params.depth': 4 } }]);
    expect(record).toMatchObject({
      status: 'done',
      selection: 'selection saw all speakers',
      counts: { trials: 3, done: 3 },
    });
    // 3 depths, 3 folds, 2 seeds, 4 epochs.
    expect(project.lines('epochs.log')).toHaveLength(72);
  });

  test('reads the test data once, for what was chosen', () => {
    expect(project.lines('tests.log')).toHaveLength(6);
    expect(project.lines('tests.log').every((line) => line.includes('"depth":4'))).toBe(true);
    expect(project.record().record.final).toMatchObject([{ status: 'done' }]);
  });

  test('told what it would cost before it began', () => {
    const [{ plan } = { plan: undefined }] = ofType(first, 'sweep-planned');
    expect(plan).toMatchObject({ trained: 'model', trials: 3, counted: 3 });
    expect(plan?.stages.map(({ stage, tasks, sets }) => [stage, tasks, sets])).toEqual([
      ['codes', 6, 1],
      ['means', 6, 1],
      ['split', 1, 1],
      ['model', 18, 18],
    ]);
  });

  test('has a run for each trial, and says of each which one it is', async () => {
    const runs = project.record().trials.map(({ run }) => run);
    expect(new Set(runs).size).toBe(3);
    for (const run of runs) expect(existsSync(project.path('experiments', run, 'run.json'))).toBe(true);
    const shown = await project.pipe('show', runs[1] ?? '', '--json');
    expect(shown.stdout).toContain('"sweep":{"name":"depths"');
  });

  test('does nothing when it is started again, and is the same', async () => {
    const before = project.record();
    const again = await project.sweep();
    expect(again.exitCode).toBe(0);
    expect(project.lines('epochs.log')).toHaveLength(72);
    expect(project.lines('tests.log')).toHaveLength(6);
    const after = project.record();
    expect(after.trials).toEqual(before.trials);
    expect(after.record.chosen).toEqual(before.record.chosen);
    expect(after.record.id).toBe(before.record.id);
    expect(after.record.final).toEqual(before.record.final);
  });

  test('is refused with the difference when its space changed, unless it is a new one', async () => {
    project.edit('sweep.yaml', '[3, 4, 5]', '[3, 4, 6]');
    const refused = await project.sweep();
    expect(refused.exitCode).toBe(2);
    const [error] = errorsOf(refused);
    expect(error).toMatchObject({ code: 'sweep-changed' });
    expect(error?.message).toContain('space.params.depth.values: [3,4,5] -> [3,4,6]');
    expect((await project.sweep('--new')).exitCode).toBe(0);
    // What both have in common is not trained again.
    expect(project.lines('epochs.log')).toHaveLength(96);
  });
});

describe('trials at once', () => {
  test('are proposed from exactly those that are so many before', async () => {
    const block = (more: string) => `  name: search
  set: { params.development: speaker }
  objective: model.history.development
  space: { params.depth: [2, 3, 4, 5, 6], params.rate: { log: [0.0001, 1] } }
  strategy: { kind: tpe, seed: 3, startup: 3 }
  budget: { trials: 8 }
  parallel: 2
${more}`;
    const slow = projectWith(block(''));
    const quick = projectWith(block(''));
    await slow.sweep('--jobs', '1');
    await quick.sweep('--jobs', '6');
    expect(quick.record().trials.map(facts)).toEqual(slow.record().trials.map(facts));
    expect(quick.record().record.chosen).toEqual(slow.record().record.chosen);
    expect(quick.record().trials).toHaveLength(8);
  });

  test('a larger budget goes on', async () => {
    const project = projectWith(`  name: search
  set: { params.development: speaker }
  objective: model.history.development
  space: { params.rate: { log: [0.0001, 1] } }
  strategy: { kind: random, seed: 3 }
  budget: { trials: 2 }
`);
    await project.sweep();
    const before = project.record().trials.map(facts);
    project.edit('sweep.yaml', 'trials: 2', 'trials: 4');
    expect((await project.sweep()).exitCode).toBe(0);
    const after = project.record().trials.map(facts);
    expect(after).toHaveLength(4);
    expect(after.slice(0, 2)).toEqual(before);
  });
});

test('a fold that `vary` names and that is not there is told when the folds are known', async () => {
  const project = projectWith(gridBlock);
  project.edit(
    'toy.yaml',
    '    with:\n      seed:',
    '    vary: { fold: { "1": { depth: 4 } } }\n    with:\n      seed:',
  );
  const run = await project.pipe('run', 'toy.yaml');
  expect(run.exitCode).toBe(2);
  expect(run.stderr).toContain('error[unknown-value]: The axis `fold` of model has no value `1`.');
  project.edit('toy.yaml', '"1"', '"01"');
  expect((await project.pipe('run', 'toy.yaml')).exitCode).toBe(0);
  const depths = project.lines('tests.log').map((line) => (JSON.parse(line) as { depth: number }).depth);
  expect(depths.sort()).toEqual([3, 3, 3, 3, 4, 4]);
});

test('hours are compute seconds of what has ended, and restarts do not begin them anew', async () => {
  const project = projectWith(`${gridBlock}  budget: { hours: 0.00001 }\n`);
  for (let start = 0; start < 2; start += 1) {
    expect((await project.sweep()).exitCode).toBe(0);
    expect(project.record().trials).toHaveLength(1);
    expect(project.record().record.computeSeconds).toBeGreaterThan(0.036);
  }
});

describe('successive halving', () => {
  const block = (strategy: string) => `  name: halving
  set: { params.development: speaker, params.epochs: 8, params.seeds: [1] }
  objective: model.history.development
  space: { params.depth: [2, 3, 4, 5, 6, 7], params.rate: { log: [0.0001, 1] } }
${strategy}
  budget: { trials: 8 }
  parallel: 2
`;

  test('trains on where it paused, with the same bits as a training that never did', async () => {
    const project = projectWith(block('  strategy: { kind: halving, seed: 5, minimum: 2, factor: 2 }'));
    const run = await project.sweep();
    expect(run.exitCode).toBe(0);
    const { trials, record } = project.record();
    expect(trials.map(({ rungs }) => rungs?.map(({ epochs }) => epochs).at(-1)).sort()).toEqual([
      2, 2, 2, 2, 4, 4, 8, 8,
    ]);
    expect(record.counts).toMatchObject({ trials: 8, done: 2, paused: 6 });
    // 8 x 2 + 4 x 2 + 2 x 4 epochs for each of 3 folds: none is trained twice, the final run included.
    expect(project.lines('epochs.log')).toHaveLength(3 * 32);
    expect(ofType(run, 'rung-ended').map(({ goOn }) => goOn.length)).toEqual([4, 2]);

    const whole = projectWith(block('  strategy: { kind: random, seed: 5 }'));
    await whole.sweep();
    for (const trial of trials.filter(({ status }) => status === 'done')) {
      const same = whole.record().trials.find((one) => one.trial === trial.trial);
      expect(same?.configuration).toEqual(trial.configuration);
      expect(same?.replicates).toEqual(trial.replicates);
    }
    expect(modelsOf(project, record.final?.[0]?.run)).toEqual(
      modelsOf(whole, whole.record().trials.find(({ trial }) => trial === record.chosen?.[0]?.trial)?.run),
    );
  });

  test('is refused where trainings cannot pause', async () => {
    const project = projectWith(block('  strategy: { kind: halving, minimum: 2, factor: 2 }'));
    project.edit('stages/learn.ts', "pausable: { by: 'stopAfter', of: 'epochs' },", '');
    const refused = await project.sweep();
    expect(errorsOf(refused)).toMatchObject([{ code: 'bad-strategy', exitCode: 2 }]);
  });
});

/** Digests of the trained models, by fold and seed. */
function modelsOf(project: SweepProject, run = ''): readonly string[] {
  return project
    .read(`experiments/${run}/tasks.jsonl`)
    .split('\n')
    .filter((line) => line.includes('"task":"model '))
    .map((line) => JSON.stringify((JSON.parse(line) as { outputs: unknown }).outputs))
    .sort();
}

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
    expect(record.selection).toBe('selection for each fold without its test speakers');
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

  test('has a search for each fold where proposals depend on results', async () => {
    const project = projectWith(block('  strategy: { kind: tpe, startup: 2 }\n  budget: { trials: 4 }'));
    expect((await project.sweep()).exitCode).toBe(0);
    const { trials, record } = project.record();
    expect([...new Set(trials.map(({ search }) => search))]).toEqual(['fold=01', 'fold=02', 'fold=03']);
    expect(
      trials.every(({ search, replicates }) => replicates.every(({ point }) => `fold=${point.fold}` === search)),
    ).toBe(true);
    expect(record.chosen).toHaveLength(3);
    expect(project.lines('tests.log')).toHaveLength(3);
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

describe('what goes wrong', () => {
  test('a trial that fails is recorded and not chosen, and the others go on', async () => {
    const project = projectWith(gridBlock);
    project.edit('toy.yaml', 'log: ', 'failAt: 4\n      log: ');
    const run = await project.sweep();
    expect(run.exitCode).toBe(1);
    const { record, trials } = project.record();
    expect(trials.map(({ status }) => status)).toEqual(['done', 'failed', 'done']);
    expect(trials[1]).toMatchObject({ objective: null, error: { code: 'too-deep' } });
    expect(record).toMatchObject({ status: 'failed', chosen: [{ trial: 1 }], counts: { failed: 1 } });
  });

  test('a sweep of which every trial fails ends', async () => {
    const project = projectWith(gridBlock.replace('[3, 4, 5]', '[3, 4, 5, 6, 7]'));
    project.edit('stages/learn.ts', 'if (depth === failAt)', 'if (depth !== failAt)');
    const run = await project.sweep();
    // Of the kind of the failures: a DataError.
    expect(run.exitCode).toBe(3);
    expect(errorsOf(run)).toMatchObject([{ code: 'all-trials-failed', exitCode: 3 }]);
    expect(project.record()).toMatchObject({ record: { status: 'failed' } });
  });

  test('configurations that the pipeline does not accept are told before anything runs, all of them', async () => {
    const project = refused(gridBlock.replace('[3, 4, 5]', '[3, 9, deep]'));
    const run = await project.pipe('sweep', 'sweep.yaml');
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toContain('`depth` must be an integer of at most 8, not 9.');
    expect(run.stderr).toContain('`depth` must be an integer of at most 8, not the text "deep".');
    expect(run.stderr).toContain('sweep.yaml:6:30');
    expect(run.stderr).toContain('sweep.yaml:6:33');
    expect(existsSync(project.path('experiments', '.sweeps'))).toBe(false);
  });

  test('an objective on test data is refused', async () => {
    const project = refused(gridBlock.replace('model.history', 'verdict.verdict'));
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'objective-sees-test', exitCode: 2 });
    expect(error?.message).toContain('`verdict`');
    project.edit('sweep.yaml', 'verdict.verdict', 'totals.total');
    expect(errorsOf(await project.sweep())).toMatchObject([{ code: 'objective-sees-test' }]);
    project.edit('sweep.yaml', 'totals.total', 'modle.history');
    expect(errorsOf(await project.sweep())[0]?.advice).toContain('Did you mean `model`?');
  });

  test('without development data the parameter is named that sets them apart', async () => {
    const project = refused(gridBlock.replace('speaker', 'none'));
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'no-development-data', exitCode: 2 });
    expect(error?.advice).toContain('stages.split.with.development');
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('a field that is not there is told with those that are', async () => {
    const project = projectWith(gridBlock.replace('history.development', 'history.developmnt'));
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'bad-objective', advice: 'Did you mean `development`?' });
  });

  test('--set of what is searched is refused; of anything else it changes every trial', async () => {
    const project = projectWith(gridBlock);
    expect(errorsOf(await project.sweep('--set', 'params.depth=4'))).toMatchObject([{ code: 'searched-override' }]);
    expect((await project.sweep('--set', 'params.seeds=[7]')).exitCode).toBe(0);
    expect(project.record().trials[0]?.replicates.map(({ point }) => point.seed)).toEqual([7, 7, 7]);
  });

  test('`pipe run` of a sweep says what to do', async () => {
    const project = refused(gridBlock);
    const run = await project.pipe('run', 'sweep.yaml');
    expect(run).toMatchObject({ exitCode: 2 });
    expect(run.stderr).toContain('error[not-a-pipeline]');
    expect(run.stderr).toContain('pipe sweep FILE');
  });
});

test('--plan trains nothing and records nothing', async () => {
  const project = refused(gridBlock);
  const plan = await project.pipe('sweep', 'sweep.yaml', '--plan');
  expect(plan).toMatchObject({ exitCode: 0, stderr: '' });
  expect(plan.stdout).toBe('3 trials, 18 trainings, 1 means set, time unknown; 47 % reused\n');
  expect(project.lines('epochs.log')).toEqual([]);
  expect(existsSync(project.path('experiments', '.sweeps'))).toBe(false);
});

test('Ctrl-C closes the record, and the same command goes on', async () => {
  const project = projectWith(gridBlock.replace('speaker }', 'speaker, params.milliseconds: 200 }'));
  const started = project.startSweep();
  while (project.lines('epochs.log').length < 2) await sleep(50);
  started.process.kill('SIGINT');
  expect((await started.ended).exitCode).toBe(130);
  expect(project.record().record.status).toBe('interrupted');
  expect(project.lines('tests.log')).toEqual([]);
  const again = await project.sweep('--jobs', '8');
  expect(again.exitCode).toBe(0);
  expect(project.record()).toMatchObject({ record: { status: 'done', chosen: [{ trial: 2 }] } });
});

test('a sweep that is on is not started twice', async () => {
  const project = projectWith(gridBlock.replace('speaker }', 'speaker, params.milliseconds: 500 }'));
  const started = project.startSweep();
  while (project.lines('epochs.log').length < 1) await sleep(50);
  expect(errorsOf(await project.sweep())).toMatchObject([{ code: 'sweep-running', exitCode: 2 }]);
  started.process.kill('SIGINT');
  await started.ended;
});

describe('a person names a sweep', () => {
  test('by its name, its id or the beginning of it, and hears of what is not there', async () => {
    const project = projectWith(gridBlock.replace('[3, 4, 5]', '[3]').replace('name: depths', 'name: first'));
    const experiments = project.path('experiments');
    expect(() => findSweep(experiments, 'first')).toThrow('There are no sweeps');
    await project.sweep();
    const { folder, record } = project.record();
    for (const wanted of ['last', 'first', record.id, record.id.slice(-8), `first/${record.id}`, folder])
      expect(findSweep(experiments, wanted)).toBe(folder);
    expect(() => findSweep(experiments, 'fist')).toThrow("There is no sweep 'fist'.");
    await project.sweep('--new');
    expect(() => findSweep(experiments, record.id.slice(0, 8))).toThrow('may be any of 2 sweeps');
    project.write(`experiments/.sweeps/first/${record.id}/sweep.json`, '{"format":1}');
    expect(readSweep(folder)).toMatchObject({ detail: 'it lacks fields that every record has' });
    const checked = await project.pipe('fsck');
    expect(checked).toMatchObject({ exitCode: 5 });
    expect(checked.stdout).toContain('sweep.json: it lacks fields');
  });
});
