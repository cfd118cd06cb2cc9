import { cpSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ToyProject, type ToyRun, createToyProject } from '../support/toy-project.ts';

let project: ToyProject;
let first: ToyRun;

beforeEach(async () => {
  project = createToyProject();
  first = await project.run();
  expect(first.stderr).toBe('');
  expect(first.exitCode).toBe(0);
});
afterEach(() => project.remove());

const trainings = (run: ToyRun) => run.ran.filter((task) => task.startsWith('model '));
const mapTasks = (run: ToyRun) => run.ran.filter((task) => /^(codes|means|bytes) /.test(task));

describe('a first run', () => {
  it('runs every task once', () => {
    expect(first.ran).toHaveLength(6 + 6 + 6 + 1 + 6 + 6 + 2);
  });

  it('leaves nothing to do for a second', async () => {
    const second = await project.run();
    expect(second.ran).toEqual([]);
    expect(second.outputs).toEqual(first.outputs);
    expect(readdirSync(project.path('experiments/toy'))).toHaveLength(1);
  });

  it('is recorded again where its records are gone', async () => {
    rmSync(project.path('experiments'), { recursive: true });
    await project.run();
    expect(readdirSync(project.path('experiments/toy'))).toHaveLength(1);
  });
});

describe('a changed utterance', () => {
  it('runs one task per map stage, and not the training that tests its speaker', async () => {
    project.write('texts/02-a-1.txt', 'something else, and much longer, was said');
    const run = await project.run();
    expect(mapTasks(run)).toEqual(['bytes 02-a-1.txt', 'codes 02-a-1.txt', 'means 02-a-1.txt']);
    expect(trainings(run)).toEqual([
      'model fold=01 seed=1',
      'model fold=01 seed=2',
      'model fold=03 seed=1',
      'model fold=03 seed=2',
    ]);
  });

  it('stops where the bytes are the same again', async () => {
    project.write('texts/02-a-1.txt', 'AAAAAAAAAA SAID BY 02');
    const run = await project.run();
    expect(run.ran).toEqual(['bytes 02-a-1.txt', 'codes 02-a-1.txt']);
  });

  it('with another label runs no map task, but the trainings that see the label', async () => {
    renameSync(project.path('texts/02-a-1.txt'), project.path('texts/02-b-2.txt'));
    const run = await project.run();
    expect(mapTasks(run)).toEqual([]);
    expect(trainings(run).filter((task) => task.includes('fold=02'))).toEqual([]);
    expect(trainings(run)).toHaveLength(4);
  });
});

describe('what decides no result runs nothing', () => {
  it.each<readonly [string, (project: ToyProject) => void]>([
    ['a comment in the YAML', (toy) => toy.edit('pipeline.yaml', 'stages:', '# a remark\nstages:')],
    [
      'the order of keys in the YAML',
      (toy) =>
        toy.edit('pipeline.yaml', '{ uses: mean, needs: { codes: codes } }', '{ needs: { codes: codes }, uses: mean }'),
    ],
    ['a comment in the code', (toy) => toy.edit('stages/measure.ts', '// A remark', '// Another remark')],
    ['an mtime', (toy) => utimesSync(toy.path('texts/01-a-1.txt'), 1, 1)],
    ['an mtime of the code', (toy) => utimesSync(toy.path('stages/measure.ts'), 1, 1)],
  ])('%s', async (_, change) => {
    change(project);
    expect((await project.run()).ran).toEqual([]);
  });

  it("the data folder's place", async () => {
    cpSync(project.path('texts'), project.path('elsewhere'), { recursive: true });
    expect((await project.run('--data', `texts=${project.path('elsewhere')}`)).ran).toEqual([]);
  });

  it("the project's place", async () => {
    const other = createToyProject();
    try {
      cpSync(project.path('artifacts'), other.path('artifacts'), { recursive: true });
      expect((await other.run()).ran).toEqual([]);
    } finally {
      other.remove();
    }
  });

  it('the name of a stage', async () => {
    project.write('pipeline.yaml', project.read('pipeline.yaml').replaceAll('means', 'averages'));
    expect((await project.run()).ran).toEqual([]);
  });
});

describe('what decides results runs just what depends on it', () => {
  it('a parameter', async () => {
    const run = await project.run('--set', 'params.gain=3');
    expect(run.ran.filter((task) => task.startsWith('bytes') || task.startsWith('split'))).toEqual([]);
    expect(run.ran).toHaveLength(6 + 6 + 6 + 6 + 2);
  });

  it('a helper function that a stage imports', async () => {
    project.edit('stages/helper.ts', 'toUpperCase', 'toLowerCase');
    expect(mapTasks(await project.run()).filter((task) => task.startsWith('codes'))).toHaveLength(6);
  });

  it('a script that a command runs', async () => {
    project.edit('tool/count-bytes.sh', "tr -d ' \\n'", "tr -d '\\n '");
    expect((await project.run()).ran.map((task) => task.split(' ')[0])).toEqual(Array(6).fill('bytes'));
  });

  it('a default of a parameter', async () => {
    project.edit('stages/measure.ts', 'Type.Number({ default: 0 })', 'Type.Number({ default: 1 })');
    expect((await project.run()).ran).toContain('codes 01-a-1.txt');
  });

  it('a seed', async () => {
    project.edit('pipeline.yaml', 'seed: [1, 2]', 'seed: [1, 3]');
    const run = await project.run();
    expect(trainings(run)).toEqual(['model fold=01 seed=3', 'model fold=02 seed=3', 'model fold=03 seed=3']);
  });
});

describe('two items with the same bytes', () => {
  it('share tasks', async () => {
    cpSync(project.path('texts/01-a-1.txt'), project.path('texts/01-a-2.txt'));
    const run = await project.run();
    expect(mapTasks(run)).toEqual([]);
    expect(run.outputs['codes 01-a-2.txt']).toBe(run.outputs['codes 01-a-1.txt']);
  });
});
