import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, pipeProgram, startMarked } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;
let undisturbed: Readonly<Record<string, string>>;
const mounted: string[] = [];

beforeEach(async () => {
  project = createToyProject('pipe-disk-', ['01', '02'], ['a']);
  project.edit('pipeline.yaml', 'seed: [1, 2]', 'seed: [1]');
  const run = await project.run();
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  undisturbed = run.outputs;
});
afterEach(() => {
  for (const folder of mounted.splice(0)) execFileSync('umount', [folder]);
  project.remove();
});

/** What a user reads of it: an error with its code, what to do, and no stack. A task's failure stands among the run's lines. */
function expectClearError({ exitCode, stdout, stderr }: Outcome, code: RegExp): void {
  const text = stdout + stderr;
  expect(text).toMatch(new RegExp(`error\\[(${code.source})\\]: `));
  expect(text).toMatch(/help: /);
  expect(text).not.toMatch(/\n +at |error\[bug\]/);
  expect(exitCode).toBe(4);
}

/** What a run leaves in its store, in whole pages as tmpfs counts them. */
function storeKibibytes(): number {
  const sizes = filesBelow(project.path('artifacts')).map((file) => statSync(file).size);
  return sizes.reduce((sum, size) => sum + 4 * Math.ceil(size / 4096), 0);
}

async function expectRecovery(): Promise<void> {
  const run = await project.run();
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(run.outputs).toEqual(undisturbed);
  expect(run.events.filter(({ type }) => type === 'damage-found')).toEqual([]);
  expect(await project.pipe('fsck')).toMatchObject({ exitCode: 0, stderr: '' });
}

const runPlainly = () => project.pipe('run', 'pipeline.yaml', '--plain');

function mount(name: string, ...options: string[]): void {
  const folder = project.path(name);
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', [...options, folder]);
  mounted.push(folder);
}

function mountReadOnly(name: string): void {
  mount(name, '--bind', project.path(name));
  execFileSync('mount', ['-o', 'remount,bind,ro', project.path(name)]);
}

describe('a full disk', () => {
  it.each([0.1, 0.3, 0.5, 0.7, 0.9])('with %d of the room that a run needs fails it clearly', async (share) => {
    const size = Math.round(share * storeKibibytes());
    project.forget();
    mount('artifacts', '-t', 'tmpfs', '-o', `size=${size}k`, 'tmpfs');
    expectClearError(await runPlainly(), /store-full|disk-full/);
    execFileSync('mount', ['-o', 'remount,size=50m', project.path('artifacts')]);
    await expectRecovery();
  });

  it('that holds the records fails the run clearly, and loses no result', async () => {
    project.forget();
    mount('experiments', '-t', 'tmpfs', '-o', 'size=4k', 'tmpfs');
    expectClearError(await runPlainly(), /record-not-writable/);
    execFileSync('mount', ['-o', 'remount,size=50m', project.path('experiments')]);
    await expectRecovery();
  });

  // From the n-th call of a name on, all fail.
  it.each([
    ['mkdir', 1],
    ['mkdir', 6],
    ['mkdir', 20],
    ['rename', 2],
    ['rename', 15],
    ['rename', 40],
    ['link', 1],
    ['link', 5],
  ])('found at a %s, the %i. or later, fails the run clearly', async (call, count) => {
    project.forget();
    const inject = `inject=?${call},?${call}at:error=ENOSPC:when=${count}+`;
    const strace = ['strace', '-qq', '-o', '/dev/null', '-e', `trace=?${call},?${call}at`, '-e', inject];
    const run = startMarked(project.folder, [
      ...strace,
      process.execPath,
      pipeProgram,
      'run',
      'pipeline.yaml',
      '--plain',
    ]);
    expectClearError(await run.ended, /store-full|disk-full|record-not-writable/);
    await expectRecovery();
  });
});

describe('a store that cannot be written', () => {
  it('is enough for a run with nothing to do', async () => {
    mountReadOnly('artifacts');
    const run = await runPlainly();
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toMatch(/nothing to do/i);
  });

  it('with records that cannot be written either is enough for a run with nothing to do', async () => {
    mountReadOnly('artifacts');
    mountReadOnly('experiments');
    const run = await runPlainly();
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.stdout).toMatch(/nothing to do/i);
  });

  it('fails a run with something to do clearly', async () => {
    project.write('texts/02-a-1.txt', 'something else');
    mountReadOnly('artifacts');
    expectClearError(await runPlainly(), /store-read-only/);
  });

  it('fails a first run clearly', async () => {
    project.forget();
    mkdirSync(project.path('artifacts'));
    mountReadOnly('artifacts');
    expectClearError(await runPlainly(), /store-read-only/);
  });
});

it('a folder of records that cannot be written fails a run with something to do clearly', async () => {
  project.write('texts/02-a-1.txt', 'something else');
  mountReadOnly('experiments');
  expectClearError(await runPlainly(), /record-not-writable/);
});
