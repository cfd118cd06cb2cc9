import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { createJsonDisplay } from '../../src/cli/progress/json-lines.ts';
import { createPlainDisplay, formatFigures } from '../../src/cli/progress/plain.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import type { RunEvent, TaskName } from '../../src/run/events.ts';
import type { ActionKey } from '../../src/store/types.ts';

const key = 'a'.repeat(64) as ActionKey;
const item = (id: string): TaskName => ({ stage: 'vad', item: id, point: {} });
const fold = (name: string): TaskName => ({ stage: 'model', point: { fold: name, seed: 1 } });
const started = (task: TaskName): RunEvent => ({ type: 'task-started', task, key, why: 'floorMargin: 6 -> 8' });
const done = (task: TaskName): RunEvent => ({ type: 'task-done', task, key, outputs: {}, seconds: 1 });
const cached = (task: TaskName): RunEvent => ({ type: 'task-cached', task, key, outputs: {} });
const planned = (stage: string, kind: 'source' | 'map' | 'reduce', tasks: number): RunEvent => ({
  type: 'stage-planned',
  stage,
  uses: stage,
  kind,
  tasks,
});
const failed = (task: TaskName, willRetry = false): RunEvent => ({
  type: 'task-failed',
  task,
  failure: {
    status: 'failed',
    reason: 'threw',
    code: 'stage-threw',
    message: 'no speech in it',
    advice: 'Look at the file.',
  },
  attempt: 1,
  willRetry,
});
const ended = (
  status: 'done' | 'failed' | 'interrupted',
  counts: Partial<Record<'cached' | 'done' | 'failed' | 'skipped', number>>,
): RunEvent => ({
  type: 'run-ended',
  status,
  counts: { cached: 0, done: 0, failed: 0, skipped: 0, ...counts },
  seconds: 0.5,
  at: '2026-01-02T03:04:05.000Z',
});

function collect(): { terminal: Terminal; lines: string[] } {
  const lines: string[] = [];
  const print = (text: string) => void lines.push(text);
  const colours = picocolors.createColors(false);
  const printJson = (value: unknown) => print(JSON.stringify(value));
  return { lines, terminal: { json: false, live: false, colours, width: Infinity, print, printJson, warn: print } };
}

function plainLines(events: readonly RunEvent[]): string[] {
  const { terminal, lines } = collect();
  const display = createPlainDisplay(terminal);
  for (const event of events) display.event(event);
  void display.close();
  return lines.map((line) => line.replaceAll(/\d+\.\d+ s/g, 'T'));
}

describe('plain lines', () => {
  test('tell a stage when it begins and when it ends, not its items', () => {
    const items = ['a', 'b', 'c'].map(item);
    const [first, ...rest] = items;
    if (first === undefined) throw new Error('no items');
    const events = [
      planned('corpus', 'source', 3),
      planned('vad', 'map', 3),
      cached(first),
      ...rest.map(started),
      ...rest.map(done),
    ];
    expect(plainLines(events)).toEqual([
      'corpus: 3 items',
      'vad: running 2 of 3 (floorMargin: 6 -> 8)',
      'vad: 3 tasks: 1 cached, 2 done, T',
    ]);
  });

  test('say that there is nothing to do', () => {
    const lines = plainLines([planned('vad', 'map', 1), cached(item('a')), ended('done', { cached: 1 })]);
    expect(lines.at(-1)).toBe('Nothing to do: the task is up to date (T).');
    expect(plainLines([ended('done', { cached: 2400 })])).toEqual([
      'Nothing to do: all 2,400 tasks are up to date (T).',
    ]);
  });

  test('name what failed, with its code and advice', () => {
    const lines = plainLines([
      planned('vad', 'map', 2),
      started(item('a')),
      failed(item('a')),
      ended('failed', { failed: 1, skipped: 4 }),
    ]);
    expect(lines.slice(1)).toEqual([
      'error[stage-threw]: vad a: no speech in it\n  help: Look at the file.',
      'Failed after T: 0 done, 0 cached, 1 failed, 4 skipped.',
    ]);
  });

  test('tell an interrupted run how it goes on', () => {
    expect(plainLines([ended('interrupted', { done: 3 })])).toEqual([
      'Interrupted after T: 3 done, 0 cached. The next run goes on from here.',
    ]);
  });

  test('tell what a stage says once, not what each of its many tasks says', () => {
    const log = (task: TaskName): RunEvent => ({ type: 'task-log', task, message: '85 segments' });
    const lines = plainLines([log({ stage: 'split', point: {} }), log(fold('03')), log(item('a'))]);
    expect(lines).toEqual(['split: 85 segments']);
  });

  test('report damage and another run at work', () => {
    const lines = plainLines([
      {
        type: 'damage-found',
        damage: { what: 'object', name: 'ab', path: '/store/ab', detail: 'other bytes than recorded' },
      },
      { type: 'waiting-for-run', task: fold('03'), run: '2026-other' },
    ]);
    expect(lines[0]).toContain('damage found in the store: object /store/ab: other bytes than recorded');
    expect(lines[1]).toBe('model fold=03 seed=1: another run (2026-other) is at it; waiting for its result');
  });
});

test('JSON lines are the events', () => {
  const { terminal, lines } = collect();
  const events = [planned('vad', 'map', 1), started(item('a')), done(item('a'))];
  const display = createJsonDisplay(terminal);
  for (const event of events) display.event(event);
  expect(lines.map((line) => JSON.parse(line) as RunEvent)).toEqual(events);
});

test('figures read as words', () => {
  expect(formatFigures({ epoch: 12, epochs: 40, loss: 0.83456, developmentUar: 0.5 })).toBe(
    'epoch 12 of 40, loss 0.835, development UAR 0.500',
  );
  expect(formatFigures({ steps: 4 })).toBe('steps 4');
});
