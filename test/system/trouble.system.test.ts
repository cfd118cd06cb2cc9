import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/run/events.ts';
import { leftAfter } from '../support/start-pipe.ts';
import { type StartedRun, type ToyProject, type ToyRun, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;
beforeEach(() => {
  project = createToyProject('pipe-trouble-', ['01', '02'], ['a']);
});
afterEach(() => project.remove());

/** A pipeline with one stage, which gets into trouble at what a file says. */
function write(settings: string, word: string): void {
  project.write(
    'pipeline.yaml',
    `pipeline: trouble
data: { texts: texts }
stageFolders: [stages]
stages:
  corpus: { uses: letters, with: { root: "\${data.texts}" } }
  copies: { uses: trouble, needs: { text: corpus }${settings} }
`,
  );
  project.write('texts/03-a-1.txt', word);
}

const failuresOf = ({ events }: ToyRun) =>
  events.filter((event): event is Extract<RunEvent, { type: 'task-failed' }> => event.type === 'task-failed');

// Many jobs, so that each may take little memory.
const options = ['--keep-going', '--jobs', '64'];

describe.each([
  ['a process that it shares', ''],
  ['a process of its own', ', isolate: process'],
])('a stage in %s', (_, isolation) => {
  it.each([
    ['throw', 'stage-threw', /thrown on purpose/],
    ['exit', 'process-exit|thread-exit|stage-exit', /exit code 1|ended/],
    ['hang', 'timeout', /longer than 10 s/],
    ['memory', 'out-of-memory', /out of memory/],
    ['kill', 'process-killed', /SIGKILL/],
  ] as const)('that does this: %s, fails alone, and the next run goes on', async (word, code, message) => {
    write(`${isolation}, timeout: ${word === 'hang' ? 10 : 600}`, word);
    const run = await project.run(...options);
    expect(run).toMatchObject({ exitCode: 1, stderr: '' });
    const [failed, ...more] = failuresOf(run);
    expect(more).toEqual([]);
    expect(failed?.task.item).toBe('03-a-1.txt');
    expect(failed?.failure.code).toMatch(new RegExp(`^(${code})$`));
    expect(failed?.failure.message).toMatch(message);
    expect(run.ran).toEqual(['copies 01-a-1.txt', 'copies 02-a-1.txt']);
    expect(await leftAfter(project.folder)).toEqual([]);

    project.write('texts/03-a-1.txt', 'well');
    const next = await project.run(...options);
    expect(next).toMatchObject({ exitCode: 0, stderr: '' });
    expect(next.ran).toEqual(['copies 03-a-1.txt']);
  });
});

it('a failure is told with its task, its cause and no stack of ours', async () => {
  write('', 'throw');
  const { exitCode, stdout, stderr } = await project.pipe('run', 'pipeline.yaml', '--plain', ...options);
  expect(exitCode).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(/copies 03-a-1\.txt.*thrown on purpose/);
  expect(`${stdout}${stderr}`).not.toMatch(/dist\/|node:internal/);
});

describe.each([
  ['a process that it shares', ''],
  ['a process of its own', ', isolate: process'],
])('Ctrl-C while a stage runs in %s', (_, isolation) => {
  it('ends the run, its children and its record', async () => {
    write(isolation, 'sleep');
    const run = await startedRun();
    run.process.kill('SIGINT');
    const { exitCode, events } = await run.ended;
    expect(exitCode).toBe(130);
    expect(events).toContainEqual(expect.objectContaining({ type: 'run-ended', status: 'interrupted' }));
    expect(project.processes()).toEqual([]);
    expect(recordedStatus()).toBe('interrupted');
    project.write('texts/03-a-1.txt', 'well');
    const next = await project.run();
    expect(next.exitCode).toBe(0);
    expect(next.ran).toContain('copies 03-a-1.txt');
  });

  it('a second time ends it at once, and its children within 2 s', async () => {
    write(isolation, 'hang');
    const run = await startedRun();
    // Two signals before it has heard of the first are one.
    const asked = new Promise<void>((resolve) => {
      run.process.stderr?.on('data', (text) => String(text).includes('Stopping') && resolve());
    });
    run.process.kill('SIGINT');
    await asked;
    const pressed = performance.now();
    run.process.kill('SIGINT');
    const { exitCode } = await run.ended;
    expect(exitCode).toBe(130);
    expect(performance.now() - pressed).toBeLessThan(3000);
    expect(await leftAfter(project.folder)).toEqual([]);
    project.write('texts/03-a-1.txt', 'well');
    expect((await project.run()).exitCode).toBe(0);
  });
});

/** A run whose stage of trouble has begun, and whose others have ended. */
async function startedRun(): Promise<StartedRun> {
  const run = project.start('--jobs', '3');
  let early: ToyRun | undefined;
  void run.ended.then((ended) => (early = ended));
  while (recordedActions() < 2) {
    expect(early).toBeUndefined();
    await sleep(20);
  }
  await sleep(300);
  return run;
}

const recordedActions = () =>
  existsSync(project.path('artifacts/actions')) ? filesBelow(project.path('artifacts/actions')).length : 0;

function recordedStatus(): unknown {
  const [run = ''] = readdirSync(project.path('experiments/trouble'));
  const record: unknown = JSON.parse(project.read(`experiments/trouble/${run}/run.json`));
  return typeof record === 'object' && record !== null && 'status' in record ? record.status : undefined;
}
