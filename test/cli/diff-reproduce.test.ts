import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDifference } from '../../src/experiment/difference/index.ts';
import type { Reproduction } from '../../src/reproduce/index.ts';
import { type ToyProject, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;
let [first, second, third]: readonly string[] = [];

/** The newest run's name. */
const newest = (toy: ToyProject) => readdirSync(toy.path('experiments/toy')).sort().at(-1) ?? '';

beforeAll(async () => {
  project = createToyProject('pipe-diff-');
  await project.run();
  first = newest(project);
  project.write('texts/03-c-1.txt', 'another');
  project.write('texts/02-b-1.txt', 'changed');
  rmSync(project.path('texts/01-a-1.txt'));
  await project.run('--set', 'params.gain=3');
  second = newest(project);
  project.edit('stages/mean.ts', 'sum / codes', '0.5 + sum / codes');
  await project.run('--set', 'params.gain=3');
  third = newest(project);
});
afterAll(() => project.remove());

async function difference(from = '', to = ''): Promise<RunDifference> {
  const { stdout, exitCode } = await project.pipe('diff', from, to, '--json');
  expect(exitCode).toBe(0);
  return JSON.parse(stdout) as RunDifference;
}

describe('pipe diff', () => {
  it('names parameters with their places, and items that were added, removed and changed', async () => {
    const { parameters, made, sameResults } = await difference(first, second);
    expect(parameters).toEqual([
      {
        path: 'params.gain',
        from: 2,
        to: 3,
        places: {
          from: expect.objectContaining({ line: 3, column: 17 }) as object,
          to: expect.objectContaining({ file: '--set params.gain=3' }) as object,
        },
      },
    ]);
    expect(made).toEqual({
      code: [],
      engines: [],
      data: [
        { stage: 'corpus', added: ['03-c-1.txt'], removed: ['01-a-1.txt'], changed: ['02-b-1.txt'], relabelled: [] },
      ],
    });
    expect(sameResults).toBe(false);
  });

  it('names the stage types whose code changed', async () => {
    const { parameters, made } = await difference(second, third);
    expect(parameters).toEqual([]);
    expect(made?.code).toEqual([{ uses: 'mean', stages: ['means'] }]);
    expect(made?.data).toEqual([]);
  });

  it('says that a run is the same as itself', async () => {
    const { stdout } = await project.pipe('diff', first ?? '', first ?? '');
    expect(stdout).toContain('Parameters\nthe same');
    expect(stdout).toContain('the same items');
    expect(stdout).toContain('All results are equal, bit for bit.');
  });

  it('prints tables for people', async () => {
    const { stdout } = await project.pipe('diff', first ?? '', second ?? '');
    expect(stdout).toMatch(/^params\.gain +2 +3 +--set params\.gain=3$/m);
    expect(stdout).toContain(
      'corpus: 1 item added (03-c-1.txt); 1 item removed (01-a-1.txt); 1 item changed (02-b-1.txt)',
    );
  });

  it.each([
    [['never', 'last'], 'unknown-run'],
    [['2', 'last'], 'ambiguous-run'],
  ])('refuses %j: %s', async (words, code) => {
    const { exitCode, stderr } = await project.pipe('diff', ...words);
    expect(stderr).toContain(`error[${code}]`);
    expect(exitCode).toBe(2);
  });

  it('refuses a damaged record', async () => {
    const toy = createToyProject('pipe-diff-');
    await toy.run();
    writeFileSync(toy.path('experiments/toy', newest(toy), 'tasks.jsonl'), '{}\n');
    const { exitCode, stderr } = await toy.pipe('diff', 'last', 'last');
    expect(stderr).toContain('error[damaged-record]');
    expect(exitCode).toBe(5);
    toy.remove();
  });
});

describe('pipe reproduce', () => {
  /** Runs in a temporary folder of its own, to see that it is left empty. */
  async function reproduce(toy: ToyProject, ...words: string[]) {
    const temporary = mkdtempSync(join(tmpdir(), 'pipe-test-'));
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    try {
      const outcome = await toy.pipe('reproduce', ...words);
      const leftovers = readdirSync(temporary).filter((name) => name.startsWith('pipe-reproduce-'));
      return { ...outcome, leftovers };
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      rmSync(temporary, { recursive: true, force: true });
    }
  }
  const outcomeOf = (stdout: string) => JSON.parse(stdout) as Reproduction;

  it('finds a run equal, bit for bit, and leaves nothing', async () => {
    const { exitCode, stdout, leftovers } = await reproduce(project, third ?? '', '--json');
    const { verdict, stages, first: divergence } = outcomeOf(stdout);
    expect(verdict).toBe('equal');
    expect(divergence).toBeUndefined();
    expect(stages.map(({ stage, equal }) => [stage, equal])).toContainEqual(['model', 6]);
    expect(stages.every(({ within, different }) => within + different === 0)).toBe(true);
    expect(leftovers).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('names the first stage that differs, and the code that changed since', async () => {
    const { exitCode, stdout, leftovers } = await reproduce(project, second ?? '');
    expect(stdout).toMatch(/^The first stage that differs is means /m);
    expect(stdout).toContain('the code of mean changed');
    expect(leftovers).toEqual([]);
    expect(exitCode).toBe(1);
  });

  it('names data that are not what they were', async () => {
    const { exitCode, stdout } = await reproduce(project, first ?? '', '--json');
    const { first: divergence } = outcomeOf(stdout);
    expect(divergence?.stage).toBe('corpus');
    expect(divergence?.reasons).toEqual([
      'the data differ: 1 items were added',
      'the data differ: 1 items are gone',
      'the data differ: 1 items have other bytes',
    ]);
    expect(exitCode).toBe(1);
  });

  it('takes differences of rounding for what they are', async () => {
    const toy = createToyProject('pipe-reproduce-');
    await toy.run();
    toy.edit('stages/measure.ts', '* gain + offset', '* gain * 1.000001 + offset');
    const { exitCode, stdout } = await reproduce(toy, 'last', '--target', 'answers', '--json');
    const { verdict, stages } = outcomeOf(stdout);
    expect(verdict).toBe('within');
    const codes = stages.find(({ stage }) => stage === 'codes');
    expect(codes).toMatchObject({ within: 6, different: 0 });
    // Of 32-bit numbers.
    expect(codes?.largest).toBeCloseTo(1e-6, 7);
    expect(exitCode).toBe(0);
    const strict = await reproduce(toy, 'last', '--target', 'answers', '--tolerance', '0');
    expect(strict.stdout).toContain('The first stage that differs is codes');
    expect(strict.exitCode).toBe(1);
    // Without the recorded bytes it cannot tell how far they are apart.
    rmSync(toy.path('artifacts'), { recursive: true });
    const blind = await reproduce(toy, 'last', '--target', 'codes');
    expect(blind.stdout).toContain('the recorded artifact is not in the store any more');
    toy.remove();
  });

  it('keeps what it made where it is told, and executes one stage and what that needs', async () => {
    const { stdout, exitCode } = await reproduce(
      project,
      third ?? '',
      '--target',
      'means',
      '--keep',
      project.path('kept'),
      '--json',
    );
    expect(exitCode).toBe(0);
    expect(outcomeOf(stdout).stages.map(({ stage }) => stage)).toEqual(['corpus', 'codes', 'means']);
    expect(filesBelow(project.path('kept/artifacts/objects')).length).toBeGreaterThan(5);
    const again = await reproduce(project, third ?? '', '--keep', project.path('kept'));
    expect(again.stderr).toContain('error[folder-not-empty]');
    expect(existsSync(project.path('kept/artifacts'))).toBe(true);
  });

  it('finds data that moved, by --data', async () => {
    const toy = createToyProject('pipe-reproduce-');
    await toy.run();
    const moved = createToyProject('pipe-moved-');
    rmSync(toy.path('texts'), { recursive: true });
    const lost = await reproduce(toy, 'last');
    expect(lost.stderr).toContain('error[data-folder-not-found]');
    expect(lost.exitCode).toBe(3);
    expect(lost.leftovers).toEqual([]);
    const found = await reproduce(toy, 'last', '--data', `texts=${moved.path('texts')}`);
    expect(found.stdout).toContain('are equal, bit for bit.');
    toy.remove();
    moved.remove();
  });

  it('refuses a run that failed, with what failed', async () => {
    const toy = createToyProject('pipe-reproduce-');
    toy.write('texts/02-b-1.txt', 'poison');
    await toy.run();
    const { exitCode, stderr } = await reproduce(toy, 'last');
    expect(stderr).toContain('error[run-not-complete]');
    expect(stderr).toContain('codes 02-b-1.txt: [poisoned]');
    expect(exitCode).toBe(2);
    toy.remove();
  });

  it('says why a run cannot be made again', async () => {
    const toy = createToyProject('pipe-reproduce-');
    await toy.run();
    toy.write('texts/02-b-1.txt', 'poison');
    const { exitCode, stderr, leftovers } = await reproduce(toy, 'last');
    expect(stderr).toContain('error[reproduction-failed]');
    expect(stderr).toContain('[poisoned]');
    expect(exitCode).toBe(1);
    expect(leftovers).toEqual([]);
    toy.remove();
  });

  it.each([
    [['--tolerance', 'much'], 'bad-tolerance-option'],
    [['--target', 'modle'], 'unknown-stage'],
    [['--engine', 'abacus'], 'unknown-engine'],
  ])('refuses %j: %s', async (words, code) => {
    const { exitCode, stderr } = await reproduce(project, third ?? '', ...words);
    expect(stderr).toContain(`error[${code}]`);
    expect(exitCode).toBe(2);
  });
});
