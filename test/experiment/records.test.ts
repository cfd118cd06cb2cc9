import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PipeError } from '../../src/errors.ts';
import {
  type RunRecord,
  latestFacts,
  listRuns,
  newRunId,
  openRecorder,
  readResults,
  readRun,
  recordedKeys,
} from '../../src/experiment/index.ts';
import { seal } from '../../src/experiment/seal.ts';
import type { Fact } from '../../src/plan/facts.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { enginesOf } from '../../src/experiment/environment.ts';
import type { Graph } from '../../src/plan/graph-types.ts';
import type { Pipeline } from '../../src/spec/types.ts';
import type { ActionKey } from '../../src/store/types.ts';
import { commitAll } from '../support/git.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-records-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const pipeline: Pipeline = {
  name: 'small',
  file: '/pipelines/small.yaml',
  text: 'pipeline: small # as it was\n',
  overrides: ['params.depth=4'],
  data: { emodb: '/corpora/emodb' },
  params: { depth: 4 },
  stageFolders: [],
  stages: [],
};

const key = 'a'.repeat(64) as ActionKey;
const taskDone: RunEvent = {
  type: 'task-done',
  task: { stage: 'vad', item: 'a.wav', point: {} },
  key,
  outputs: {},
  seconds: 1,
};
const report = {
  metrics: { uar: 0.612 },
  report: { title: 'Result', headline: ['UAR 61.2 %'], tables: [], notes: [] },
};
const ended: RunEvent = {
  type: 'run-ended',
  status: 'done',
  counts: { cached: 1, done: 2, failed: 0, skipped: 0 },
  seconds: 3.5,
  at: '2026-01-02T03:04:05.000Z',
};

/** Something that a run does not do every time. */
const damageFound: RunEvent = {
  type: 'damage-found',
  damage: { what: 'object', name: 'aa', path: '/aa', detail: 'cut short' },
};

async function recordRun(run: string, events: readonly RunEvent[], error?: unknown): Promise<string> {
  const recorder = openRecorder(root, pipeline, run);
  for (const event of events) recorder.event(event);
  return (await recorder.close({ graph: undefined, error })).folder;
}

function read(folder: string) {
  const record = readRun(folder);
  if ('detail' in record) throw new Error(record.detail);
  return record;
}

describe('the record of a run', () => {
  test('says how it ended, what it was made of and where', async () => {
    const result: RunEvent = { type: 'result', stage: 'summary', point: {}, name: 'summary', value: report };
    const folder = await recordRun('20260102-030405-aaaa', [taskDone, result, ended]);
    expect(read(folder)).toMatchObject({
      run: '20260102-030405-aaaa',
      status: 'done',
      seconds: 3.5,
      counts: { cached: 1, done: 2 },
      overrides: ['params.depth=4'],
      headline: ['UAR 61.2 %'],
      metrics: { uar: 0.612 },
      params: { depth: 4 },
      environment: { node: process.versions.node },
    });
    expect(readResults(folder)).toEqual([{ stage: 'summary', point: {}, name: 'summary', value: report }]);
    expect(readFileSync(join(folder, 'pipeline.yaml'), 'utf8')).toBe(pipeline.text);
  });

  test('names the error that ended it', async () => {
    const error = new PipeError('disk-full', 'no space left', { exitCode: 4 });
    expect(read(await recordRun('run', [], error))).toMatchObject({
      status: 'failed',
      error: { code: 'disk-full', message: 'no space left' },
    });
  });

  test('keeps one line an event, but of progress and cached tasks only sums', async () => {
    const cached: RunEvent = {
      type: 'task-cached',
      task: { stage: 'vad', item: 'b.wav', point: {} },
      key,
      outputs: {},
    };
    const progress: RunEvent = { type: 'task-progress', task: { stage: 'model', point: {} }, figures: { epoch: 1 } };
    const folder = await recordRun('run', [taskDone, cached, progress, ended]);
    const lines = readFileSync(join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as RunEvent).type)).toEqual([
      'task-done',
      'tasks-cached',
      'tasks-progress',
      'run-ended',
    ]);
  });

  test('names the commit of the folder that the pipeline lies in, and whether it is dirty', async () => {
    const file = join(root, 'small.yaml');
    writeFileSync(file, pipeline.text);
    const commit = commitAll(root);
    writeFileSync(file, 'pipeline: changed\n');
    const recorder = openRecorder(join(root, 'experiments'), { ...pipeline, file }, 'run');
    const { folder } = await recorder.close({ graph: undefined });
    expect(read(folder).environment.git).toEqual({ commit, dirty: true });
  });

  test('names the engine of every stage that has one, by its library, device and threads', () => {
    const stage = (name: string, engine?: object) => ({ node: { name }, code: { engine } });
    const library = 'libtensorflow 2.21.0 CPU';
    const stages = [
      stage('vad'),
      stage('model', { name: 'tensorflow', library, threads: 2 }),
      stage('answers', { name: 'wasm', threads: 1 }),
    ];
    expect(enginesOf({ stages } as unknown as Graph)).toEqual({
      model: 'tensorflow (libtensorflow 2.21.0 CPU), 2 threads',
      answers: 'wasm, 1 thread',
    });
  });

  test('is refused with a message where the folder cannot be written', async () => {
    writeFileSync(join(root, 'small'), 'a file in its way');
    const recorder = openRecorder(root, pipeline, 'run');
    recorder.event(damageFound);
    const refusal = { code: 'record-not-writable', exitCode: 4 };
    expect(recorder.broken.reason).toMatchObject(refusal);
    await expect(recorder.close({ graph: undefined })).rejects.toMatchObject(refusal);
  });
});

describe('a list of runs', () => {
  test('has the newest first, and stops at its limit', async () => {
    for (const run of ['20260101-000000-aaaa', '20260103-000000-aaaa', '20260102-000000-aaaa'])
      await recordRun(run, [ended]);
    const names = (limit: number) => listRuns(root, { limit }).runs.map(({ run }) => run.slice(0, 8));
    expect(names(9)).toEqual(['20260103', '20260102', '20260101']);
    expect(names(2)).toEqual(['20260103', '20260102']);
  });

  test('names a damaged record and still has the others', async () => {
    await recordRun('20260101-000000-aaaa', [ended]);
    const damaged = await recordRun('20260102-000000-bbbb', [ended]);
    writeFileSync(join(damaged, 'run.json'), '{"format": 1, "run"');
    const list = listRuns(root);
    expect(list.runs.map(({ run }) => run)).toEqual(['20260101-000000-aaaa']);
    expect(list.damaged).toEqual([{ path: join(damaged, 'run.json'), detail: expect.any(String) as string }]);
  });

  test('knows a run whose process is gone as interrupted, and a living one as running', async () => {
    const living = openRecorder(root, pipeline, '20260101-000000-aaaa');
    living.event(damageFound);
    const folder = join(root, 'small', '20260101-000000-aaaa');
    expect(read(folder).status).toBe('running');
    const file = join(folder, 'run.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as RunRecord;
    // The same process number, given to a later process.
    writeFileSync(file, JSON.stringify(seal({ ...record, process: { ...record.process, start: '1' } })));
    expect(read(folder).status).toBe('interrupted');
    await living.close({ graph: undefined });
  });

  test('is empty where there is no folder', () => {
    expect(listRuns(join(root, 'nowhere'))).toEqual({ runs: [], damaged: [] });
  });
});

describe('what gc keeps', () => {
  test('is the keys of finished runs and of killed ones, half a line left out', async () => {
    const folder = await recordRun('20260101-000000-aaaa', [taskDone]);
    appendFileSync(join(folder, 'events.jsonl'), '{"type":"task-done","key":"bbb');
    const other = await recordRun('20260102-000000-aaaa', [ended]);
    const fact: Fact = { type: 'task', task: 'vad b.wav', key: 'c'.repeat(64), inputs: {}, outputs: {} };
    writeFileSync(join(other, 'tasks.jsonl'), `${JSON.stringify(fact)}\n`);
    expect([...recordedKeys(root)()].sort()).toEqual([key, 'c'.repeat(64)]);
  });

  test('is what is recorded at the time that it is asked for', async () => {
    const keys = recordedKeys(root);
    expect([...keys()]).toEqual([]);
    const folder = await recordRun('20260101-000000-aaaa', [taskDone]);
    expect([...keys()]).toEqual([key]);
    appendFileSync(join(folder, 'events.jsonl'), `${JSON.stringify({ ...taskDone, key: 'b'.repeat(64) })}\n`);
    expect([...keys()]).toEqual([key, 'b'.repeat(64)]);
  });

  test('is in folders that are links too', async () => {
    renameSync(await recordRun('20260101-000000-aaaa', [taskDone]), join(root, 'elsewhere'));
    symlinkSync(join(root, 'elsewhere'), join(root, 'small', '20260101-000000-aaaa'));
    writeFileSync(join(root, 'small', 'notes.txt'), '');
    expect([...recordedKeys(root)()]).toEqual([key]);
  });

  test.each(['small', 'small/20260101-000000-aaaa', 'small/20260101-000000-aaaa/events.jsonl'])(
    'is not known where %s cannot be read',
    async (name) => {
      await recordRun('20260101-000000-aaaa', [taskDone]);
      rmSync(join(root, name), { recursive: true });
      symlinkSync('loop', join(root, 'loop'));
      symlinkSync(join(root, 'loop'), join(root, name));
      expect(recordedKeys(root)).toThrow(expect.objectContaining({ code: 'records-unreadable', exitCode: 4 }));
    },
  );
});

describe('what explain compares with', () => {
  test('is the newest run that has facts', async () => {
    const fact = (code: string): Fact => ({
      type: 'stage',
      stage: 'vad',
      uses: 'vad',
      code,
      engine: undefined,
      points: [],
    });
    for (const [run, code] of [
      ['20260101-000000-aaaa', 'old'],
      ['20260102-000000-aaaa', 'new'],
    ] as const) {
      writeFileSync(join(await recordRun(run, []), 'tasks.jsonl'), `${JSON.stringify(fact(code))}\n`);
    }
    await recordRun('20260103-000000-aaaa', []);
    expect(latestFacts(root, 'small')?.stages.get('vad')?.code).toBe('new');
    expect(latestFacts(root, 'other')).toBeUndefined();
  });
});

test('names of runs sort by time and differ within a second', () => {
  const names = [newRunId(new Date('2026-01-02T03:04:05Z')), newRunId(new Date('2026-01-02T03:04:06Z'))];
  expect(names[0]).toMatch(/^20260102-030405-[0-9a-f]{8}$/);
  expect([...names].sort()).toEqual(names);
});
