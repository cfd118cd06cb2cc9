import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../src/experiment/index.ts';
import { seal } from '../../src/experiment/seal.ts';
import { type ToyProject, createProject } from '../support/toy-project.ts';

let project: ToyProject;

/** Runs of 2026-01-01 on: depth 3, 4, 5, 3, ...; UAR 0.70, 0.69, ... */
beforeAll(() => {
  project = createProject('pipe-ls-');
  mkdirSync(project.path('artifacts'));
  for (let n = 0; n < 40; n++) {
    const record: RunRecord = {
      format: 1,
      run: `202601${String(1 + (n % 28)).padStart(2, '0')}-00000${n < 28 ? 0 : 1}-0000000${n % 10}`,
      pipeline: n % 4 === 0 ? 'demo' : 'emodb',
      spec: '/pipelines/emodb.yaml',
      overrides: [],
      params: { depth: 3 + (n % 3) },
      data: {},
      status: n === 5 ? 'failed' : 'done',
      startedAt: `2026-01-${String(1 + (n % 28)).padStart(2, '0')}T00:00:00.000Z`,
      seconds: n,
      headline: [`run ${n}`],
      ...(n !== 5 && { metrics: { uar: (70 - n) / 100 } }),
      process: { machine: 'another', pid: 1, start: '1' },
      environment: { node: '20.0.0' } as unknown as RunRecord['environment'],
      files: {},
    };
    project.write(`experiments/${record.pipeline}/${record.run}/run.json`, JSON.stringify(seal(record)));
  }
});
afterAll(() => project.remove());

const headlines = (stdout: string) => stdout.match(/run \d+$/gm);

describe('pipe ls', () => {
  it('filters and sorts by parameters and figures, and shows them', async () => {
    const { exitCode, stdout } = await project.pipe(
      'ls',
      '--where',
      'depth>=5',
      '--where',
      'pipeline~emodb',
      '--sort',
      '-uar, seconds',
    );
    expect(headlines(stdout)?.slice(0, 3)).toEqual(['run 2', 'run 11', 'run 14']);
    expect(stdout).toMatch(/^run +pipeline .* uar +depth +headline$/m);
    expect(exitCode).toBe(0);
  });

  it('shows as many as it is told, and the columns that are named', async () => {
    const { stdout } = await project.pipe(
      'ls',
      'demo',
      '--sort',
      'seconds',
      '--columns',
      'seconds,params.depth,uar',
      '-n',
      '2',
    );
    expect(stdout.split('\n\n')[0]?.split('\n')).toEqual([
      expect.stringMatching(/^seconds +params\.depth +uar$/) as string,
      expect.stringMatching(/^0\.00 s +3 +0\.7$/) as string,
      expect.stringMatching(/^4\.0 s +4 +0\.66$/) as string,
    ]);
  });

  it('gives JSON: whole records, or the columns', async () => {
    const { stdout } = await project.pipe('ls', '--where', 'status=failed', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', pipeline: 'emodb', params: { depth: 5 } });
    const columns = await project.pipe('ls', '--where', 'status=failed', '--columns', 'status,uar', '--json');
    expect(JSON.parse(columns.stdout)).toEqual({ status: 'failed', uar: null });
  });

  it.each(['2026-01-28 00:00', '2026-01-28T00:00', '2026-01-28'])('takes %s for a time', async (time) => {
    const { stdout } = await project.pipe('ls', '--where', `startedAt>=${time}`);
    expect(headlines(stdout)).toEqual(['run 27']);
  });

  it('says when there are more runs than it shows', async () => {
    const last = async (...words: string[]) => (await project.pipe('ls', ...words)).stdout.trimEnd().split('\n').at(-1);
    expect(await last()).toBe('20 of 40 runs; --all shows all.');
    expect(await last('demo', '--sort', 'uar', '-n', '3')).toBe('3 of 10 runs; --all shows all.');
    expect(await last('--all')).toMatch(/run \d+$/);
  });

  it('says when none fits', async () => {
    const { exitCode, stdout } = await project.pipe('ls', '--where', 'uar>0.99');
    expect(stdout).toBe('None of 40 runs fits.\n');
    expect(exitCode).toBe(0);
  });

  it.each([
    [['--where', 'uarr>0.8'], 'unknown-field', 'did you mean `uar`?'],
    [['--sort', '-dept'], 'unknown-field', 'did you mean `depth`?'],
    [['--columns', 'run,stauts'], 'unknown-field', 'did you mean `status`?'],
    [['--where', 'uar'], 'bad-filter', '--where'],
    [['--where', 'uar=>0.7'], 'bad-filter', '>='],
    [['--where', 'uar>0,7'], 'bad-filter', 'decimal point'],
    [['--where', 'seconds>abc'], 'bad-filter', 'is not a number'],
    [['--columns', ''], 'bad-columns-option', 'names no field'],
    [['dmo'], 'unknown-pipeline', 'did you mean `demo`?'],
  ])('refuses %j: %s', async (words, code, advice) => {
    const { exitCode, stderr } = await project.pipe('ls', ...words);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr.toLowerCase()).toContain(advice);
    expect(exitCode).toBe(2);
  });

  it('names a damaged record, and lists the others', async () => {
    mkdirSync(project.path('experiments/demo/20250101-000000-dead'));
    writeFileSync(project.path('experiments/demo/20250101-000000-dead/run.json'), '{"format":1');
    const { exitCode, stdout, stderr } = await project.pipe('ls', '--sort', 'uar', '--all');
    expect(stderr).toContain('warning[damaged-record]');
    expect(stderr).toContain('20250101-000000-dead');
    expect(headlines(stdout)).toHaveLength(40);
    expect(exitCode).toBe(0);
  });

  it('gives two processes at once the same', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => project.pipe('ls', '--sort', 'uar', '--all')));
    expect(new Set(outcomes.map(({ stdout }) => stdout)).size).toBe(1);
  });
});
