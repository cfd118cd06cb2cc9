import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SweepProject, errorsOf, ofType, projectWith } from './project.ts';

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

    // Started again, it finds its record as it is: no line and no run more.
    const recorded = () => [readFileSync(join(project.record().folder, 'trials.jsonl'), 'utf8'), project.runs()];
    const before = recorded();
    expect((await project.sweep()).exitCode).toBe(0);
    expect(recorded()).toEqual(before);
  });

  describe('of which the trials that go on fail', () => {
    const failing = (trials: number) => {
      const project = projectWith(block('  strategy: { kind: halving, seed: 5, minimum: 2, factor: 2 }'));
      project.edit('stages/learn.ts', 'if (depth === failAt)', 'if (stopAfter > 2)');
      project.edit('sweep.yaml', 'trials: 8', `trials: ${trials}`);
      return project;
    };

    test('ends when all of them have, says how many, and keeps what the others came to', async () => {
      const project = failing(8);
      const run = await project.sweep();
      const [error] = errorsOf(run);
      expect(error).toMatchObject({ code: 'all-trials-failed', exitCode: 3 });
      expect(error?.message).toContain('All 4 trials that went on to 4 epochs failed, the first with [too-deep]:');
      const statuses = project.record().trials.map(({ status }) => status);
      expect(statuses.filter((status) => status === 'paused')).toHaveLength(4);
      expect(statuses.filter((status) => status === 'failed')).toHaveLength(4);
      expect(project.lines('tests.log')).toEqual([]);
    });

    test('ends also when it was only one', async () => {
      const [error] = errorsOf(await failing(2).sweep());
      expect(error?.message).toContain('The one trial that went on to 8 epochs failed, with [too-deep]:');
    });
  });

  test('begins with a fifth of the epochs where no minimum is given', async () => {
    const project = projectWith(
      block('  strategy: { kind: halving, seed: 5, factor: 2 }')
        .replace('params.epochs: 8', 'params.epochs: 10')
        .replace('trials: 8', 'trials: 4'),
    );
    const run = await project.sweep();
    expect(run.exitCode).toBe(0);
    expect(ofType(run, 'rung-ended').map(({ epochs }) => epochs)).toEqual([2, 4]);
  });

  test('is refused where trainings cannot pause', async () => {
    const project = projectWith(block('  strategy: { kind: halving, minimum: 2, factor: 2 }'));
    project.edit('stages/learn.ts', "pausable: { by: 'stopAfter', of: 'epochs' },", '');
    const refused = await project.sweep();
    expect(errorsOf(refused)).toMatchObject([{ code: 'bad-strategy', exitCode: 2 }]);
  });

  test('is refused where configurations differ in how long a full training is', async () => {
    const project = projectWith(
      block('  strategy: { kind: halving, minimum: 2, factor: 2 }').replace('params.depth: [2,', 'params.epochs: [2,'),
    );
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'bad-strategy', exitCode: 2 });
    expect(error?.message).toContain('`epochs` of `model` is not the same in all configurations');
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
