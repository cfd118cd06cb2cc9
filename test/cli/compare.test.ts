import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coordinate } from '../../src/cli/commands/compare-coordinates.ts';
import { printCompared } from '../../src/cli/commands/compare-print.ts';
import { describeComparison } from '../../src/cli/commands/compare-runs.ts';
import { describeSweep } from '../../src/cli/commands/compare-sweep.ts';
import { type Terminal, createTerminal } from '../../src/cli/terminal.ts';
import { compareRuns } from '../../src/experiment/comparison/index.ts';
import { seal } from '../../src/experiment/seal.ts';
import type { SweepRecord, TrialRecord } from '../../src/sweep/sweep-record.ts';
import { recordRun } from '../support/recorded-runs.ts';
import { createToyProject, type ToyProject } from '../support/toy-project.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-compare-'));
  const speakers = ['03', '08', '09', '10', '11', '12'];
  const base = { speakers, count: 2 };
  recordRun(folder, 'base', { ...base, params: { network: { depth: 3 } }, isRight: ({ label }) => label === 'anger' });
  recordRun(folder, 'deep', { ...base, params: { network: { depth: 4 } } });
  recordRun(folder, 'near', { ...base, isRight: ({ speaker, label }) => label === 'anger' || speaker === '03' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function printed(options: { json?: boolean; csv?: boolean; markdown?: boolean }, ...wanted: string[]): string {
  const texts: string[] = [];
  const terminal: Terminal = {
    ...createTerminal({ json: options.json ?? false }),
    print: (text) => texts.push(text),
    printJson: (value) => texts.push(JSON.stringify(value)),
  };
  printCompared(describeComparison(compareRuns(folder, wanted)), options, terminal);
  return texts.join('\n');
}

describe('pipe compare of runs', () => {
  it('shows what differs, every speaker, tests and the verdict in words', () => {
    expect(printed({}, 'base', 'deep', 'near')).toMatchInlineSnapshot(`
      "3 runs on the same 24 items of 6 speakers (anger, neutral)

      UAR in %: mean ± SD over the replicates, 95 % interval over speakers
         run          replicates          UAR  interval
      A  speech/base           2   50.0 ± 0.0  -
      B  speech/deep           2  100.0 ± 0.0  -
      C  speech/near           2   58.3 ± 0.0  36.9 to 79.8

      What differs
                           A  B   C
      model.network.depth  3  4   -
      model.epochs         -  -  40

      UAR by speaker, %
                 A      B      C
      03 (4)  50.0  100.0  100.0
      08 (4)  50.0  100.0   50.0
      09 (4)  50.0  100.0   50.0
      10 (4)  50.0  100.0   50.0
      11 (4)  50.0  100.0   50.0
      12 (4)  50.0  100.0   50.0

      Against A: sign-flip test by speaker, differences in points
         difference  interval           p  p (Holm)   d_z  better/same/worse  could show  verdict
      B       +50.0  -              0.031     0.063     -  6/0/0                       -  inconclusive
      C        +8.3  -13.1 to 29.8  1.000     1.000  0.41  1/5/0                       -  inconclusive

      - B: inconclusive. After Holm over 2 p cannot be below 0.063, whatever the difference.
      - C: inconclusive. With 1 speaker differing p cannot be below 1.000, whatever the difference.
      - Intervals over 6 speakers are rough: they rest on so many observations, not on the items.
      - These 24 test items were evaluated by 3 recorded runs of 3 configurations. Choosing one by these figures is fitting to the test data."
    `);
  });

  it('has a row for each run, where these are many', () => {
    for (const name of ['more', 'still']) recordRun(folder, name, { speakers: ['03', '08'] });
    for (const name of ['v', 'w', 'x']) recordRun(folder, name, { speakers: ['03', '08'] });
    const text = printed({}, 'more', 'still', 'v', 'w', 'x');
    expect(text).toContain('   03 (2)  08 (2)\nA   100.0   100.0\n');
  });

  it('prints Markdown', () => {
    const text = printed({ markdown: true }, 'base', 'deep');
    expect(text).toContain('## 2 runs on the same 24 items of 6 speakers (anger, neutral)');
    expect(text).toContain('| model.network.depth | 3 | 4 |');
    expect(text).not.toContain('\u001b');
  });

  it('prints one CSV table with numbers as they are', () => {
    const [head = '', base = '', deep = ''] = printed({ csv: true }, 'base', 'deep').split('\n');
    const columns = head.split(',');
    const cell = (row: string, name: string) => row.split(',')[columns.indexOf(name)];
    expect(cell(base, 'uar')).toBe('0.5');
    expect(cell(base, 'p')).toBe('');
    expect([cell(deep, 'difference'), cell(deep, 'p'), cell(deep, 'verdict')]).toEqual(['0.5', '0.03125', 'better']);
    expect(cell(deep, 'uar speaker 09')).toBe('1');
    expect(cell(deep, 'model.network.depth')).toBe('4');
    const [, , worse = ''] = printed({ csv: true }, 'deep', 'base').split('\n');
    expect(cell(worse, 'difference')).toBe('-0.5');
  });

  it('prints JSON', () => {
    const json = JSON.parse(printed({ json: true }, 'base', 'deep')) as {
      entries: { letter: string; contrast?: { test: { p: number } } }[];
      notes: string[];
    };
    expect(json.entries.map(({ letter, contrast }) => [letter, contrast?.test.p])).toEqual([
      ['A', undefined],
      ['B', 0.03125],
    ]);
    expect(json.notes[0]).toContain('better than A by 50.0 points');
  });
});

describe('pipe compare of a sweep', () => {
  const trial = (number: number, depth: number, rate: number, objective: number | null): TrialRecord => ({
    search: '',
    trial: number,
    configuration: { 'params.depth': depth, 'params.rate': rate, ...(depth > 3 && { 'params.kernel': '5x5' }) },
    overrides: [],
    status: objective === null ? 'failed' : 'done',
    replicates: [],
    objective,
    cost: { epochs: 40, seconds: 12.5 },
    run: `demo/${number}`,
  });
  const trials = [
    trial(1, 3, 0.001, 0.7),
    trial(2, 3, 0.01, 0.72),
    trial(3, 4, 0.001, 0.8),
    trial(4, 4, 0.1, 0.82),
    trial(5, 4, 0.01, null),
  ];
  beforeAll(() => {
    const home = join(folder, '.sweeps', 'depth', '20260101-000000-aaaaaaaa');
    mkdirSync(home, { recursive: true });
    const record = {
      format: 1,
      name: 'depth',
      id: '20260101-000000-aaaaaaaa',
      status: 'done',
      definition: {},
      process: { machine: 'elsewhere', pid: 1, start: '1' },
      objective: {
        text: 'model.history.development',
        direction: 'maximise',
        stage: 'model',
        output: 'history',
        field: [],
      },
      space: [
        { kind: 'choice', path: 'params.depth', values: [3, 4, 5] },
        { kind: 'range', path: 'params.rate', low: 0.001, high: 0.1, log: true },
        { kind: 'choice', path: 'params.kernel', values: ['3x3', '5x5'], when: { 'params.depth': [4, 5] } },
      ],
      chosen: [{ search: '', trial: 4, configuration: {}, objective: 0.82 }],
      selection: 'selection saw all speakers',
    } as unknown as SweepRecord;
    writeFileSync(join(home, 'sweep.json'), JSON.stringify(seal(record)));
    writeFileSync(join(home, 'trials.jsonl'), trials.map((one) => `${JSON.stringify(one)}\n`).join(''));
  });

  it('shows trials as parallel coordinates, the best on top, and what matters', () => {
    const texts: string[] = [];
    const terminal: Terminal = { ...createTerminal({}), print: (text) => texts.push(text) };
    printCompared(describeSweep(folder, 'depth'), {}, terminal);
    expect(texts.join('\n')).toMatchInlineSnapshot(`
      "Sweep depth/20260101-000000-aaaaaaaa: 5 trials, maximise model.history.development

      Trials, the best on top; * was chosen
      trial     objective        depth       rate            kernel
      4 *       ████████ 0.8200  █████··· 4  ████████ 0.1    ·······● 5x5
      3         ███████· 0.8000  █████··· 4  █······· 0.001  ·······● 5x5
      2         ██······ 0.7200  █······· 3  █████··· 0.01            –
      1         █······· 0.7000  █······· 3  █······· 0.001           –
      5 failed           –       █████··· 4  █████··· 0.01   ·······● 5x5

      What matters, by 4 whole trials
      parameter      variance, %  levels  rank correlation
      params.depth            94       2              0.89
      params.kernel           94       2                 -
      params.rate              0       3              0.63

      - About the choice: selection saw all speakers.
      - Variance is a parameter's own effect over the trials that were made; what it does only together with another, and what the search has left out, is not in it. Objectives are of development data."
    `);
  });

  it.each([
    [{ kind: 'choice', path: 'depth', values: ['3', '5', '4'] }, '4', '█████··· 4'],
    [{ kind: 'choice', path: 'wavelet', values: ['morlet', 'ricker'] }, 'ricker', '·······● ricker'],
    [{ kind: 'choice', path: 'one', values: ['only'] }, 'only', '●······· only'],
    [{ kind: 'range', path: 'rate', low: 1, high: 100, log: true }, 10, '█████··· 10'],
    [{ kind: 'range', path: 'rate', low: 1, high: 100 }, 1, '█······· 1'],
    [{ kind: 'range', path: 'rate', low: 1, high: 100 }, undefined, '         –'],
  ] as const)('places %j', (parameter, value, expected) => {
    expect(coordinate(parameter, value, String)).toBe(expected);
  });

  it('has all trials in its flat table', () => {
    const { flat } = describeSweep(folder, 'depth');
    expect(flat.rows.map((row) => row[1])).toEqual([4, 3, 2, 1, 5]);
    expect(flat.rows.at(-1)).toEqual(['', 5, 'failed', null, 40, 12.5, 'demo/5', 4, 0.01, '5x5']);
  });
});

const judge = `import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'judge',
  description: 'Whether each answer is above a limit',
  kind: 'reduce',
  params: Type.Object({ limit: Type.Number() }),
  inputs: { answers: { each: 'json' } },
  outputs: { scores: 'json' },
  predictions: 'scores',
  async run({ answers }, { limit }) {
    const lists = await Promise.all(answers.map(({ read }) => read()));
    const predictions = lists.flat().map(({ id, value }) => {
      const [cluster, label] = id.split('-');
      const predicted = value > limit ? 'a' : 'b';
      return { unit: id, cluster, label, predicted, posteriors: [1, 0], value };
    });
    return { scores: { classes: ['a', 'b'], predictions } };
  },
});
`;

describe('pipe compare after pipe run', () => {
  let project: ToyProject;
  beforeAll(() => {
    project = createToyProject('pipe-compare-');
    project.write('stages/judge.ts', judge);
    project.edit('pipeline.yaml', 'params: {', 'params: { limit: -1000000,');
    project.write(
      'pipeline.yaml',
      `${project.read('pipeline.yaml')}  judged:
    uses: judge
    needs: { answers: answers }
    matrix: { seed: same-as model }
    with: { limit: "\${params.limit}" }
`,
    );
  });
  afterAll(() => project.remove());

  it('finds the predictions that a stage has declared, for each seed and unit', async () => {
    expect((await project.run()).exitCode).toBe(0);
    expect((await project.run('--set', 'params.limit=1000000')).exitCode).toBe(0);
    const runs = (await project.pipe('ls', '--json')).stdout.trimEnd().split('\n');
    const names = runs.map((line) => (JSON.parse(line) as { run: string }).run);
    const { exitCode, stdout, stderr } = await project.pipe('compare', ...names.slice(0, 2), '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const found = JSON.parse(stdout) as {
      units: number;
      clusterWord: string;
      entries: { uar: number; replicates: number[]; contrast?: { verdict: string } }[];
      differing: { name: string; values: string[] }[];
      openings: unknown;
    };
    expect(found).toMatchObject({ units: 6, clusterWord: 'speaker', openings: { runs: 2, configurations: 2 } });
    expect(found.entries.map(({ uar, replicates }) => [uar, replicates])).toEqual([
      [0.5, [0.5, 0.5]],
      [0.5, [0.5, 0.5]],
    ]);
    expect(found.entries[1]?.contrast?.verdict).toBe('inconclusive');
    expect(found.differing).toEqual([{ name: 'judged.limit', kind: 'parameter', values: ['1000000', '-1000000'] }]);
  });

  it('refuses with a code, and no stack', async () => {
    const { exitCode, stderr } = await project.pipe('compare', 'toy');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error[too-few-runs]');
    expect(stderr).not.toContain('    at ');
  });
});
