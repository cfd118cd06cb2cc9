import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { followSweep } from '../../src/dashboard/follow-sweep.ts';
import { drawScreen } from '../../src/dashboard/screens/index.ts';
import { sweepBody } from '../../src/dashboard/screens/sweep-screen.ts';
import { stateOf } from '../../src/dashboard/state.ts';
import { createSweepModel } from '../../src/dashboard/sweep-model.ts';
import { type View, act, firstView } from '../../src/dashboard/view.ts';
import { describeEnvironment } from '../../src/experiment/environment.ts';
import { createEventLines } from '../../src/experiment/event-lines.ts';
import type { RunRecord } from '../../src/experiment/run-record.ts';
import { seal } from '../../src/experiment/seal.ts';
import { machine, startOf } from '../../src/store/process-start.ts';
import type { SweepRecord } from '../../src/sweep/sweep-record.ts';
import { after, figuresAt, fold, planned, runStarted, started, told } from './made-up-run.ts';
import { configuration, trialRecord } from './made-up-sweep.ts';
import { calm } from './mount.tsx';

let experiments: string;
let folder: string;
beforeEach(() => {
  experiments = mkdtempSync(join(tmpdir(), 'pipe-follow-sweep-'));
  folder = join(experiments, '.sweeps/depth/20260102-030405-5a3b99aa');
  mkdirSync(folder, { recursive: true });
});
afterEach(() => rmSync(experiments, { recursive: true, force: true }));

const ours = { machine, pid: process.pid, start: startOf(process.pid) ?? '' };
const gone = { machine, pid: 2 ** 22 + 1, start: '1' };

function writeSweep(more: Partial<SweepRecord> = {}): void {
  const record: SweepRecord = {
    format: 1,
    name: 'depth',
    id: '20260102-030405-5a3b99aa',
    spec: '/project/sweep.yaml',
    pipeline: { name: 'demo', file: '/project/demo.yaml' },
    overrides: [],
    data: {},
    status: 'running',
    startedAt: new Date(after(0)).toISOString(),
    definition: {},
    space: [{ kind: 'choice', path: 'params.depth', values: [3, 4] }],
    strategy: { kind: 'tpe' },
    objective: { text: 'm.h.d', direction: 'maximise', stage: 'm', output: 'h', field: ['d'] },
    budget: { trials: 4 },
    planned: 4,
    parallel: 2,
    choice: 'pooled',
    process: ours,
    environment: describeEnvironment(),
    ...more,
  };
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(seal(record)));
}

const addTrial = (...[trial, objective, more]: Parameters<typeof trialRecord>): void =>
  appendFileSync(join(folder, 'trials.jsonl'), `${JSON.stringify(trialRecord(trial, objective, more))}\n`);

/** The run of a trial that is at its third epoch. */
function writeRun(trial: number, more: Partial<RunRecord> = {}): void {
  const run = `20260102-03040${trial}-3f9a1c07`;
  const place = join(experiments, 'demo', run);
  mkdirSync(place, { recursive: true });
  const record: RunRecord = {
    format: 1,
    run,
    pipeline: 'demo',
    spec: '/project/demo.yaml',
    overrides: ['params.epochs=6', `params.depth=${trial}`],
    data: {},
    status: 'running',
    startedAt: new Date(after(0)).toISOString(),
    process: ours,
    environment: describeEnvironment(),
    sweep: { name: 'depth', id: '20260102-030405-5a3b99aa', search: '', trial },
    ...more,
  };
  writeFileSync(join(place, 'run.json'), JSON.stringify(seal(record)));
  const lines = createEventLines(() => after(1));
  const epochs = [1, 2, 3].map((epoch) => told(fold('03'), figuresAt(epoch, 6)));
  const events = [runStarted, planned('model', 'reduce', 2), started(fold('03')), ...epochs];
  const text = [...events.flatMap((event) => lines.of(event)), ...lines.rest()].map((line) => `${line}\n`).join('');
  writeFileSync(join(place, 'events.jsonl'), text);
}

function finalRun(trial: number, ...headline: string[]) {
  const run = `demo/20260102-03040${trial}-3f9a1c07`;
  return { run, overrides: [`params.depth=${trial}`], status: 'done', headline } as const;
}

/** Its lines on a terminal of 80 x 24. */
function screenAt(now: number): string[] {
  const model = createSweepModel();
  followSweep(folder, experiments, model).look(true);
  const frame = { columns: 80, rows: 24, now, colours: picocolors.createColors(false) };
  return sweepBody(model, { selected: undefined, order: 'newest' }, calm, frame);
}

describe('the record of a sweep that is followed', () => {
  test('shows trials that are over, the best of them, and those that run with their trainings', () => {
    writeSweep();
    addTrial(1, 0.6);
    addTrial(2, 0.7);
    addTrial(3, null, { error: { code: 'training-diverged', message: 'The loss is NaN.' } });
    writeRun(4);
    const model = createSweepModel();
    const followed = followSweep(folder, experiments, model);
    followed.look(true);
    expect([...model.trials.values()].map(({ status }) => status)).toEqual(['done', 'done', 'failed', 'running']);
    expect(model.best).toBe('2');
    expect(model.trials.get('4')?.configuration).toEqual({ 'params.depth': 4 });
    expect(model.trials.get('4')?.run?.live.get('model fold=03 seed=1')?.figures.epoch).toBe(3);
    expect(followed.pid()).toBe(process.pid);
  });

  test('names the parameters of trials that run as of those that are over', () => {
    const paths = ['params.rate', 'stages.model.with.network.kernels.3', 'size'];
    const named = [
      { name: 'small', settings: ['params.width=8'] },
      { name: 'large', settings: ['params.width=16', 'params.epochs=9'] },
    ];
    writeSweep({
      space: paths.map((path) => ({ kind: 'choice', path, values: [] })),
      definition: { space: { size: { values: named } } },
    });
    const configuration = { 'params.rate': 0.00123456, [paths[1] ?? '']: [3, 3], size: 'small' };
    addTrial(1, 0.6, { configuration });
    const settings = ['params.rate=0.01234567', `${paths[1]}=[5,5]`, 'params.width=16', 'params.epochs=9'];
    writeRun(2, { overrides: ['params.epochs=3', ...settings] });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect(model.trials.get('2')?.configuration).toEqual({
      'params.rate': 0.01234567,
      [paths[1] ?? '']: [5, 5],
      size: 'large',
    });
    const screen = screenAt(after(60)).join('\n');
    expect(screen).toMatch(/ 2 .*rate=0.0123 kernels.3=\[5,5\] size=large/);
    expect(screen).toMatch(/ 1 .*rate=0.00123 kernels.3=\[3,3\] size=small/);
  });

  test('grows by trials; half a line is none', () => {
    writeSweep();
    writeRun(1);
    const model = createSweepModel();
    const followed = followSweep(folder, experiments, model);
    followed.look(true);
    expect(model.trials.get('1')?.status).toBe('running');
    appendFileSync(join(folder, 'trials.jsonl'), '{"search":"","trial":9,"conf');
    followed.look(true);
    expect(model.trials.size).toBe(1);
    writeFileSync(join(folder, 'trials.jsonl'), '');
    addTrial(1, 0.6);
    writeRun(1, { status: 'done' });
    followed.look(true);
    expect(model.trials.get('1')).toMatchObject({ status: 'done', objective: 0.6, configuration: configuration(1) });
  });

  test('leaves out runs of other sweeps and of no sweep', () => {
    writeSweep();
    writeRun(1, { sweep: { name: 'other', id: '20250101-000000-00000000', trial: 1 } });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect(model.trials.size).toBe(0);
  });

  test('of a process that was killed is interrupted', () => {
    writeSweep({ process: gone });
    addTrial(1, 0.6);
    const model = createSweepModel();
    const followed = followSweep(folder, experiments, model);
    followed.look(true);
    expect(model.status).toBe('interrupted');
    expect(followed.pid()).toBeUndefined();
  });

  test('tells when its trials ended by their runs, however late it is looked at', () => {
    const runs = [1, 2].map((trial) => `20260102-03040${trial}-3f9a1c07`);
    writeSweep({ status: 'done', endedAt: new Date(after(90)).toISOString() });
    addTrial(1, 0.6, { run: `demo/${runs[0]}` });
    addTrial(2, 0.7, { run: `demo/${runs[1]}` });
    writeRun(1, { status: 'done', endedAt: new Date(after(80)).toISOString() });
    writeRun(2, { status: 'done', endedAt: new Date(after(40)).toISOString() });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect(model.tail.lines.map(({ seconds }) => seconds)).toEqual([40, 80, 90]);
  });

  test('that was killed lived until the last event of its runs', () => {
    writeSweep({ process: gone });
    writeRun(1, { process: gone });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect(model).toMatchObject({ status: 'interrupted', endedAt: after(1) });
  });

  test('leads to the recorded runs of its trials, and to its final run', () => {
    const run = '20260102-030401-3f9a1c07';
    const final = { run: `demo/${run}`, overrides: [], status: 'done', headline: ['utterance UAR 71.2 %'] } as const;
    writeSweep({ status: 'done', endedAt: new Date(after(90)).toISOString(), final: [final] });
    addTrial(1, 0.6, { run: `demo/${run}` });
    writeRun(1, { status: 'done', endedAt: new Date(after(80)).toISOString() });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    const source = { kind: 'sweep', model } as const;
    const frame = { columns: 80, rows: 24, now: after(99), colours: picocolors.createColors(false) };
    const draw = (view: View) =>
      drawScreen({ source, view, surroundings: calm, watching: true, canPause: false }, frame).join('\n');
    const first = firstView(source);
    expect(draw(first)).toMatch(/^❯✓ {2}final run +utterance UAR 71.2 %$/m);
    const opened = act(first, 'open', source, frame);
    expect(draw(opened)).toMatch(/^final run · utterance UAR 71.2 % .*done/m);
    expect(draw(opened)).toContain('model fold=03 seed=1');
    const trial = act(act(first, 'down', source, frame), 'open', source, frame);
    expect(draw(trial)).toMatch(/^trial 1: depth=4/m);
    expect(draw(act(trial, 'open', source, frame))).toMatch(/^model fold=03 seed=1/m);
    expect(stateOf(source).at(-1)).toMatchObject({ type: 'final', status: 'done', headline: final.headline });
  });

  test('takes its final run while it runs for no trial', () => {
    const final = { run: 'demo/20260102-030402-3f9a1c07', overrides: [], status: 'running', headline: [] } as const;
    writeSweep({ final: [final] });
    addTrial(1, 0.6);
    addTrial(2, 0.7);
    const sweep = { name: 'depth', id: '20260102-030405-5a3b99aa', search: '', trial: 2, final: true } as const;
    writeRun(2, { sweep });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect([...model.trials.values()].map(({ status }) => status)).toEqual(['done', 'done']);
    expect(model.finals.get('final run')?.run?.live.get('model fold=03 seed=1')?.figures.epoch).toBe(3);
  });

  test('tells what is left of all its searches, without the time between its starts', () => {
    const starts = { startedAt: new Date(after(0)).toISOString(), resumedAt: new Date(after(1000)).toISOString() };
    writeSweep({ ...starts, seconds: 100, budget: { trials: 2 }, planned: 6 });
    addTrial(1, 0.6);
    addTrial(2, 0.7, { run: 'demo/20260102-030402-3f9a1c07' });
    writeRun(2, { status: 'done', endedAt: new Date(after(80)).toISOString() });
    const [head, facts] = screenAt(after(1020));
    expect(head).toMatch(/running 2:00, about 4 min left$/);
    expect(facts).toMatch(/^2 of 6 trials/);
    const done = { status: 'done', endedAt: new Date(after(1300)).toISOString(), seconds: 400 } as const;
    writeSweep({ ...starts, ...done, budget: { trials: 2 }, planned: 6 });
    expect(screenAt(after(9999))[0]).toMatch(/done 6:40$/);
  });

  test.each([
    ['its final run is on', { planned: 6, final: [{ ...finalRun(2), status: 'running' }] }],
    ['all trials are over', { planned: 1 }],
  ] as const)('tells no time left when %s', (_, more) => {
    writeSweep(more);
    addTrial(1, 0.6);
    addTrial(2, 0.7);
    expect(screenAt(after(60))[0]).toMatch(/running 1:00$/);
  });

  test('shows the newest of several final runs, on the screen and as JSON', () => {
    writeSweep({
      status: 'done',
      endedAt: new Date(after(90)).toISOString(),
      final: [finalRun(1, 'old'), finalRun(2, 'new')],
    });
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    expect([...model.finals.values()]).toMatchObject([{ title: 'final run', headline: ['new'] }]);
    expect(stateOf({ kind: 'sweep', model }).at(-1)).toMatchObject({ type: 'final', headline: ['new'] });
  });

  test('follows a final run beside an earlier one with one and the same model', () => {
    const earlier = { run: 'demo/20260102-030401-3f9a1c07', overrides: [], status: 'done', headline: ['old'] } as const;
    const now = { run: 'demo/20260102-030402-3f9a1c07', overrides: ['a=1'], status: 'running', headline: [] } as const;
    const sweep = { name: 'depth', id: '20260102-030405-5a3b99aa', final: true } as const;
    writeRun(2, { sweep });
    for (const final of [
      [earlier, now],
      [now, earlier],
    ]) {
      writeSweep({ final });
      const model = createSweepModel();
      const followed = followSweep(folder, experiments, model);
      followed.look(true);
      const { run } = model.finals.get('final run') ?? {};
      expect(run?.live.size).toBe(1);
      followed.look(true);
      expect(model.finals.get('final run')?.run).toBe(run);
    }
  });

  test('that failed tells why, on the screen and as JSON', () => {
    const error = { code: 'no-trials', message: 'No trial came to its end.' };
    writeSweep({ status: 'failed', endedAt: new Date(after(9)).toISOString(), error });
    addTrial(1, null);
    const model = createSweepModel();
    followSweep(folder, experiments, model).look(true);
    const frame = { columns: 80, rows: 24, now: after(99), colours: picocolors.createColors(false) };
    const screen = sweepBody(model, { selected: undefined, order: 'newest' }, calm, frame).join('\n');
    expect(screen).toContain('error[no-trials]: No trial came to its end.');
    expect(stateOf({ kind: 'sweep', model })).toMatchObject([
      { type: 'sweep', status: 'failed', endedAt: new Date(after(9)).toISOString(), error },
      { type: 'trial', trial: 1, status: 'failed', objective: null },
    ]);
  });

  test('that is removed or damaged stays on the screen, which says so', () => {
    writeSweep();
    addTrial(1, 0.6);
    const model = createSweepModel();
    const followed = followSweep(folder, experiments, model);
    followed.look(true);
    writeFileSync(join(folder, 'sweep.json'), '{');
    followed.look(true);
    expect(followed.trouble()).toContain('cannot be read');
    rmSync(folder, { recursive: true });
    followed.look(true);
    expect(followed.trouble()).toContain('cannot be read');
    expect(model.trials.size).toBe(1);
  });
});
