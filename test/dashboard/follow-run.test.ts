import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunModel } from '../../src/dashboard/create-run-model.ts';
import { followRun } from '../../src/dashboard/follow-run.ts';
import { describeEnvironment } from '../../src/experiment/environment.ts';
import { createEventLines } from '../../src/experiment/event-lines.ts';
import { seal } from '../../src/experiment/seal.ts';
import type { RunRecord } from '../../src/experiment/run-record.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { machine, startOf } from '../../src/store/process-start.ts';
import {
  after,
  cached,
  done,
  figuresAt,
  fold,
  item,
  planned,
  runEnded,
  runStarted,
  started,
  told,
} from './made-up-run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-follow-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const events = () => join(folder, 'events.jsonl');

function writeRecord(more: Partial<RunRecord> = {}): void {
  const record: RunRecord = {
    format: 1,
    run: '20260102-030405-3f9a1c07',
    pipeline: 'demo',
    spec: '/project/demo.yaml',
    overrides: [],
    data: {},
    status: 'running',
    startedAt: new Date(after(0)).toISOString(),
    process: { machine, pid: process.pid, start: startOf(process.pid) ?? '' },
    environment: describeEnvironment(),
    ...more,
  };
  writeFileSync(join(folder, 'run.json'), JSON.stringify(seal(record)));
}

/** Lines as the recorder writes them, one event every second. */
function recorded(happened: readonly RunEvent[], from = 0): string {
  let seconds = from;
  const lines = createEventLines(() => after(seconds++));
  return [...happened.flatMap((event) => lines.of(event)), ...lines.rest()].map((line) => `${line}\n`).join('');
}

const beginning: readonly RunEvent[] = [
  runStarted,
  planned('vad', 'map', 3),
  cached(item('vad', 'a')),
  cached(item('vad', 'b')),
  cached(item('vad', 'c')),
  planned('model', 'reduce', 2, 'wasm'),
  started(fold('03')),
];

describe('a record that is followed', () => {
  test('shows what was cached, what runs since when, and its curves', () => {
    writeRecord();
    const epochs = Array.from({ length: 5 }, (_, index) => told(fold('03'), figuresAt(index + 1, 15)));
    writeFileSync(events(), recorded([...beginning, ...epochs]));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    expect(model.stages.get('vad')).toMatchObject({ cached: 3, tasks: 3 });
    const task = model.live.get('model fold=03 seed=1');
    expect(task?.figures).toMatchObject({ epoch: 5, epochs: 15 });
    expect(task?.curves.get('loss')?.values.length).toBeGreaterThanOrEqual(2);
    expect(task?.startedAt).toBeGreaterThan(after(0));
    expect(followed.trouble()).toBeUndefined();
    expect(followed.pid()).toBe(process.pid);
  });

  test('grows, and half a line is read when its other half is there', () => {
    writeRecord();
    writeFileSync(events(), recorded(beginning));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    const line = recorded([done(fold('03'), 2)], 20);
    appendFileSync(events(), line.slice(0, 30));
    followed.look(false);
    expect(model.live.size).toBe(1);
    appendFileSync(events(), line.slice(30));
    followed.look(false);
    expect(model.live.size).toBe(0);
    expect(model.stages.get('model')?.done).toBe(1);
    expect(followed.trouble()).toBeUndefined();
  });

  test('may have letters of several bytes cut in two', () => {
    writeRecord();
    const bytes = Buffer.from(recorded([runStarted, planned('größe', 'reduce', 1)]));
    const middle = bytes.indexOf(Buffer.from('ö')) + 1;
    writeFileSync(events(), bytes.subarray(0, middle));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    appendFileSync(events(), bytes.subarray(middle));
    followed.look(false);
    expect([...model.stages.keys()]).toEqual(['größe']);
  });

  test('has damaged lines passed over, and counted', () => {
    writeRecord();
    const damage = 'no JSON\n{"type":"task-done"}\n[1,2]\n\n{"type":"of-another-version"}\nnull\n';
    writeFileSync(events(), `${recorded(beginning)}${damage}${recorded([done(fold('03'))], 9)}`);
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    expect(model.stages.get('model')?.done).toBe(1);
    expect(followed.trouble()).toMatch(/^\d damaged lines were passed over$/);
  });

  test('of a process that was killed is interrupted, and what ran was stopped', () => {
    writeRecord({ process: { machine, pid: 2 ** 22 + 1, start: '1' } });
    writeFileSync(events(), recorded(beginning));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    expect(model.status).toBe('interrupted');
    expect(model.live.size).toBe(0);
    expect(model.ended.map(({ status }) => status)).toEqual(['stopped']);
    expect(followed.pid()).toBeUndefined();
  });

  test('that is over tells its own end', () => {
    writeRecord({ status: 'done', endedAt: new Date(after(60)).toISOString() });
    writeFileSync(events(), recorded([...beginning, done(fold('03')), runEnded('done', 60)]));
    const model = createRunModel();
    followRun(folder, model).look(true);
    expect(model).toMatchObject({ status: 'done', endedAt: after(60), pipeline: 'demo' });
  });

  test('that is removed stays on the screen, which says so', () => {
    writeRecord();
    writeFileSync(events(), recorded(beginning));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    rmSync(folder, { recursive: true });
    followed.look(true);
    expect(followed.trouble()).toContain('removed');
    expect(model.live.size).toBe(1);
  });

  test('with a damaged run.json shows its events, and says so', () => {
    writeFileSync(join(folder, 'run.json'), '{"format": 1');
    writeFileSync(events(), recorded(beginning));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    expect(model.live.size).toBe(1);
    expect(followed.trouble()).toContain('run.json is damaged');
  });

  test('that was put in place of another is read from its beginning', () => {
    writeRecord();
    writeFileSync(events(), recorded(beginning));
    const model = createRunModel();
    const followed = followRun(folder, model);
    followed.look(true);
    mkdirSync(join(folder, 'aside'));
    writeFileSync(join(folder, 'aside/events.jsonl'), recorded([runStarted, planned('other', 'reduce', 1)]));
    renameSync(join(folder, 'aside/events.jsonl'), events());
    followed.look(false);
    expect(model.stages.has('other')).toBe(true);
  });

  test('of an older version, without times and counts of cached tasks, is still shown', () => {
    writeRecord({ status: 'done', endedAt: new Date(after(9)).toISOString() });
    const old = [...beginning, done(fold('03')), runEnded('done', 9)].filter(({ type }) => type !== 'task-cached');
    writeFileSync(events(), old.map((event) => `${JSON.stringify(event)}\n`).join(''));
    const model = createRunModel();
    followRun(folder, model).look(true);
    expect(model.stages.get('model')).toMatchObject({ done: 1, startedAt: after(0) });
  });
});
