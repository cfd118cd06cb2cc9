import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TrialRecord } from '../../src/sweep/sweep-record.ts';
import { commitAll } from '../support/git.ts';
import {
  type SweepProject,
  type SweepRun,
  createSweepProject,
  errorsOf,
  gridBlock,
  ofType,
  projectWith,
} from './project.ts';

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
      planned: 3,
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
    const runs = project.record().trials.map(({ run }) => run ?? 'none');
    expect(new Set(runs).size).toBe(3);
    for (const run of runs) expect(existsSync(project.path('experiments', run, 'run.json'))).toBe(true);
    const shown = await project.pipe('show', runs[1] ?? '', '--json');
    expect(shown.stdout).toContain('"sweep":{"name":"depths"');
    // The final run says what its choice has seen.
    const final = await project.pipe('show', project.record().record.final?.[0]?.run ?? '');
    expect(final.stdout).toContain('; selection saw all speakers');
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
    expect(errorsOf(await project.sweep('--plan'))).toEqual([error]);
    expect((await project.sweep('--plan', '--new')).exitCode).toBe(0);
    expect((await project.sweep('--new')).exitCode).toBe(0);
    // What both have in common is not trained again.
    expect(project.lines('epochs.log')).toHaveLength(96);
  });
});

test('names the commit that the pipeline lay in', async () => {
  const project = projectWith(gridBlock.replace('[3, 4, 5]', '[3]'));
  project.write('.gitignore', 'artifacts\nexperiments\n*.log\n');
  const commit = commitAll(project.folder);
  expect((await project.sweep()).exitCode).toBe(0);
  expect(project.record().record.environment.git).toEqual({ commit, dirty: false });
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

test('epochs that are searched are counted for each trial by itself', async () => {
  const project = projectWith(gridBlock.replace('params.depth: [3, 4, 5]', 'params.epochs: [2, 4]'));
  expect((await project.sweep()).exitCode).toBe(0);
  expect(project.record().trials.map(({ cost }) => cost.epochs)).toEqual([6 * 2, 6 * 4]);
});

test('hours are compute seconds of what has ended, and restarts do not begin them anew', async () => {
  const project = projectWith(`${gridBlock}  budget: { hours: 0.00001 }\n`);
  for (let start = 0; start < 2; start += 1) {
    expect((await project.sweep()).exitCode).toBe(0);
    expect(project.record().trials).toHaveLength(1);
    expect(project.record().record.computeSeconds).toBeGreaterThan(0.036);
  }
});
