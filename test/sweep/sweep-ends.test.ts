import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { findSweep, readSweep } from '../../src/sweep/read-sweep.ts';
import { errorsOf, gridBlock, untilTrained, projectWith } from './project.ts';

test('Ctrl-C closes the record, and the same command goes on', async () => {
  const project = projectWith(gridBlock.replace('speaker }', 'speaker, params.milliseconds: 200 }'));
  const started = project.startSweep();
  await untilTrained(project, 2, started);
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
  await untilTrained(project, 1, started);
  expect(errorsOf(await project.sweep())).toMatchObject([{ code: 'sweep-running', exitCode: 2 }]);
  started.process.kill('SIGINT');
  await started.ended;
});

test('of two starts at once one goes on', async () => {
  const project = projectWith(gridBlock.replace('speaker }', 'speaker, params.milliseconds: 500 }'));
  const both = [project.startSweep(), project.startSweep()];
  const first = await Promise.race(both.map(({ ended }) => ended));
  expect(first.exitCode, first.stdout).toBe(2);
  expect(errorsOf(first)).toMatchObject([{ code: 'sweep-running' }]);
  for (const { process } of both) process.kill('SIGINT');
  const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ exitCode }) => exitCode);
  expect(codes.sort()).toEqual([130, 2]);
});

test('a pipeline that is edited while its sweep is on changes no trial of it, and is another one for the next start', async () => {
  const project = projectWith(gridBlock.replace('speaker }', 'speaker, params.milliseconds: 50 }'));
  const started = project.startSweep();
  await untilTrained(project, 1, started);
  // Half saved, and then with another rate.
  const written = project.read('toy.yaml');
  project.write('toy.yaml', written.slice(0, 200));
  await untilTrained(project, 30, started);
  project.write('toy.yaml', written.replace('rate: 0.01', 'rate: 0.5'));
  const end = await started.ended;
  expect(end.exitCode, end.stdout).toBe(0);
  const rates = [...project.lines('epochs.log'), ...project.lines('tests.log')].map(
    (line) => (JSON.parse(line) as { rate: number }).rate,
  );
  expect(rates).toHaveLength(72 + 6);
  expect(new Set(rates)).toEqual(new Set([0.01]));
  const [error] = errorsOf(await project.sweep());
  expect(error).toMatchObject({ code: 'sweep-changed' });
  expect(error?.message).toContain('pipeline.params.rate: 0.01 -> 0.5');
});

describe('a final run', () => {
  test('that is interrupted stays on record: test data were read', async () => {
    const project = projectWith(gridBlock.replace('[3, 4, 5]', '[3]'));
    const judge = project.read('stages/judge.ts');
    project.write(
      'stages/judge.ts',
      judge
        .replace('  run({', '  async run({')
        .replace('return {', 'await new Promise((end) => setTimeout(end, 600_000));\n    return {'),
    );
    const started = project.startSweep();
    let end: unknown;
    void started.ended.then((outcome) => (end = outcome));
    while (project.lines('tests.log').length < 1 && end === undefined) await sleep(50);
    expect(project.record().record.final).toMatchObject([{ status: 'running' }]);
    started.process.kill('SIGINT');
    expect((await started.ended).exitCode).toBe(130);
    expect(project.record().record).toMatchObject({ status: 'interrupted', final: [{ status: 'interrupted' }] });
    project.write('stages/judge.ts', judge);
    expect((await project.sweep()).exitCode).toBe(0);
    const { final = [] } = project.record().record;
    expect(final.map(({ status }) => status)).toEqual(['done']);
  });

  test('that failed for an earlier choice is kept, and does not make a later start fail', async () => {
    const project = projectWith(`${gridBlock}  budget: { trials: 1 }\n`);
    project.edit('stages/judge.ts', 'if (log', 'if (model.depth === 3) throw new Error("too flat");\n    if (log');
    expect((await project.sweep()).exitCode).toBe(1);
    project.edit('sweep.yaml', 'trials: 1', 'trials: 2');
    expect((await project.sweep()).exitCode).toBe(0);
    const { status, final = [] } = project.record().record;
    expect(status).toBe('done');
    expect(final.map((run) => run.status)).toEqual(['failed', 'done']);
  });
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
