import { cpSync, existsSync, rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { type SweepProject, createSweepProject, errorsOf, gridBlock, projectWith } from './project.ts';

/** One project for sweeps that are refused, so that its stage types are bundled once. */
const refusing = createSweepProject(gridBlock);
afterAll(() => refusing.remove());

function refused(block: string): SweepProject {
  refusing.write('sweep.yaml', `pipeline: toy.yaml\nsweep:\n${block}`);
  return refusing;
}

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
    expect(project.record()).toMatchObject({ record: { status: 'failed', counts: { trials: 3, done: 0, failed: 3 } } });
    // Also where the budget ends with the last of them, and two ran at once.
    project.edit('sweep.yaml', '  name: depths', '  name: few\n  budget: { trials: 3 }\n  parallel: 2');
    expect(errorsOf(await project.sweep())).toMatchObject([{ code: 'all-trials-failed', exitCode: 3 }]);
  });

  test('what is no fault of a configuration ends the sweep before any choice, and the next start goes on with that trial', async () => {
    const project = projectWith(gridBlock.replace('params.depth: [3, 4, 5]', 'params.depth: [3, 5, 4, 6]'));
    project.edit(
      'stages/learn.ts',
      'if (depth === failAt)',
      "if (depth === 5 && existsSync(`${log}.full`)) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });\n    if (depth === failAt)",
    );
    project.edit('stages/learn.ts', 'import { appendFileSync }', 'import { appendFileSync, existsSync }');
    project.write('epochs.log.full', '');
    const run = await project.sweep();
    expect(run.exitCode).toBe(4);
    const [error] = errorsOf(run);
    expect(error).toMatchObject({ code: 'trial-hindered', exitCode: 4 });
    expect(error?.message).toBe(
      'Trial 2 was hindered, not by its configuration, with [disk-full]: The disk is full: ENOSPC',
    );
    expect(error?.advice).toContain('goes on with this trial');
    expect(project.record().trials.map(({ status }) => status)).toEqual(['done', 'failed']);
    expect(project.record().record).toMatchObject({ status: 'failed', error: { code: 'trial-hindered' } });
    expect(project.lines('tests.log')).toEqual([]);
    rmSync(project.path('epochs.log.full'));
    expect((await project.sweep()).exitCode).toBe(0);
    expect(project.record()).toMatchObject({ record: { status: 'done', chosen: [{ trial: 3 }] } });
    expect(project.lines('epochs.log')).toHaveLength(4 * 24);
  });

  test('a timeout is a result of the configuration', async () => {
    const project = projectWith(gridBlock.replace('params.depth: [3, 4, 5]', 'params.milliseconds: [0, 60000]'));
    project.edit('toy.yaml', '    uses: learn\n', '    uses: learn\n    timeout: 10\n');
    expect((await project.sweep()).exitCode).toBe(1);
    const { record, trials } = project.record();
    expect(trials[1]).toMatchObject({ status: 'failed', error: { code: 'timeout' } });
    expect(record.chosen).toMatchObject([{ trial: 1 }]);
  });

  test('what the final run would change wrongly is told before anything runs, with its place', async () => {
    const project = refused(`${gridBlock.trimEnd()}\n  final: { params.nowhere: 1 }\n`);
    const run = await project.pipe('sweep', 'sweep.yaml');
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/^error\[unknown-override\].*\n.*sweep\.yaml:\d+:\d+/);
    expect(existsSync(project.path('experiments', '.sweeps'))).toBe(false);
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

  test('an objective that depends on what was made of all items is refused', async () => {
    const project = projectWith(gridBlock);
    project.edit('toy.yaml', '  model:\n', '  scale: { uses: whole, needs: { values: means } }\n  model:\n');
    project.edit('toy.yaml', 'folds: split }\n    matrix: { fold', 'folds: split, scale: scale }\n    matrix: { fold');
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'bad-objective', exitCode: 2 });
    expect(error?.message).toContain('`scale`, which `model` needs, is given all items');
  });

  test('a later configuration that brings in a stage which sees test data is refused before anything runs', async () => {
    const project = projectWith(
      gridBlock.replace(
        'params.depth: [3, 4, 5]',
        'type: { settings: { fair: {}, unfair: { stages.model.uses: peek } } }',
      ),
    );
    const learn = project.read('stages/learn.ts');
    project.write(
      'stages/peek.ts',
      learn.replace("name: 'learn'", "name: 'peek'").replace("'development'] }", "'development', 'test'] }"),
    );
    expect(errorsOf(await project.sweep())).toMatchObject([{ code: 'objective-sees-test', exitCode: 2 }]);
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('without development data the parameter is named that sets them apart', async () => {
    const project = refused(gridBlock.replace('speaker', 'none'));
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'no-development-data', exitCode: 2 });
    expect(error?.advice).toContain('stages.split.with.development');
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('a field that is not there is told with those that are, after one training', async () => {
    const project = projectWith(gridBlock.replace('history.development', 'history.developmnt'));
    const [error] = errorsOf(await project.sweep('--jobs', '1'));
    expect(error).toMatchObject({ code: 'bad-objective', advice: 'Did you mean `development`?' });
    // Of 6 for a trial; another may have begun.
    expect(project.lines('epochs.log').length).toBeLessThanOrEqual(2 * 4);
  });

  test('--set of what is searched is refused; of anything else it changes every trial', async () => {
    const project = projectWith(gridBlock);
    expect(errorsOf(await project.sweep('--set', 'params.depth=4'))).toMatchObject([{ code: 'searched-override' }]);
    expect((await project.sweep('--set', 'params.seeds=[7]')).exitCode).toBe(0);
    expect(project.record().trials[0]?.replicates.map(({ point }) => point.seed)).toEqual([7, 7, 7]);
  });

  test.each([
    ['params.depth', '--set params.depth=4'],
    ['stages.model.with', '--set stages.model.with.rate=0.1'],
    ['stages.model.with.kernels.0', '--set stages.model.with.kernels=[1]'],
  ])('--set of what is set together by %s is refused', async (path, option) => {
    const value = path === 'stages.model.with' ? '{}' : '4';
    const project = refused(
      gridBlock.replace('params.depth: [3, 4, 5]', `size: { settings: { small: {}, large: { ${path}: ${value} } } }`),
    );
    const [error] = errorsOf(await project.sweep(...option.split(' ')));
    expect(error).toMatchObject({ code: 'searched-override', exitCode: 2 });
  });

  test('`final` cannot set what was chosen', async () => {
    const project = refused(`${gridBlock}  final: { stages.model.with.depth: 8, params.depth: 8 }\n`);
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'searched-override', exitCode: 2 });
    expect(error?.message).toContain('`params.depth` of `final` overlaps with `params.depth`');
    const both = await project.pipe('sweep', 'sweep.yaml', '--set', 'params.depth=4');
    expect(both.stderr.match(/searched-override/g)).toHaveLength(2);
    expect(both.stderr).toMatch(/sweep\.yaml:\d+:\d+/);
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('configurations that folds cannot differ in are refused before anything is trained', async () => {
    const roots = ['texts', 'others'].map((name) => refusing.path(name));
    cpSync(refusing.path('texts'), refusing.path('others'), { recursive: true });
    const block = gridBlock.replace('params.depth: [3, 4, 5]', `stages.corpus.with.root: [${roots.join(', ')}]`);
    const project = refused(`${block}  choice: nested\n`);
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'nested-choice', exitCode: 2 });
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('so is one that comes late in the grid', async () => {
    const type = 'type: { settings: { own: {}, other: { stages.model.uses: other } } }';
    const rates = Array.from({ length: 25 }, (_, index) => (index + 1) / 100).join(', ');
    const block = gridBlock.replace('params.depth: [3, 4, 5]', `${type}, params.rate: [${rates}]`);
    const project = refused(`${block}  choice: nested\n`);
    project.write('stages/other.ts', project.read('stages/learn.ts').replace("name: 'learn'", "name: 'other'"));
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'nested-choice', exitCode: 2 });
    expect(project.lines('epochs.log')).toEqual([]);
  });

  test('another order of the space is another sweep: it has other trials', async () => {
    const project = projectWith(gridBlock.replace('params.depth: [3, 4, 5]', 'params.depth: [3], params.gain: [1]'));
    expect((await project.sweep()).exitCode).toBe(0);
    project.edit('sweep.yaml', 'params.depth: [3], params.gain: [1]', 'params.gain: [1], params.depth: [3]');
    const [error] = errorsOf(await project.sweep());
    expect(error).toMatchObject({ code: 'sweep-changed' });
    expect(error?.message).toContain('order: ["params.depth","params.gain"] -> ["params.gain","params.depth"]');
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
