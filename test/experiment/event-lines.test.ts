import { describe, expect, test } from 'vitest';
import { createEventLines } from '../../src/experiment/event-lines.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { cached, done, figuresAt, fold, item, runEnded, started, told } from '../dashboard/made-up-run.ts';

function recorder() {
  let time = 10_000;
  const lines = createEventLines(() => time);
  const parsed = (texts: readonly string[]) => texts.map((text) => JSON.parse(text) as Record<string, unknown>);
  return {
    wait: (milliseconds: number) => void (time += milliseconds),
    of: (event: RunEvent) => parsed(lines.of(event)),
    rest: () => parsed(lines.rest()),
  };
}

describe('lines of a record', () => {
  test('are events with their times, without what other files hold', () => {
    const lines = recorder();
    expect(lines.of(started(fold('03')))).toMatchObject([{ type: 'task-started', time: 10_000 }]);
    const [line] = lines.of(done(fold('03')));
    expect(line).toMatchObject({ type: 'task-done', seconds: 1, time: 10_000 });
    expect(line).not.toHaveProperty('outputs');
  });

  test('count cached tasks by stage, at most once a second', () => {
    const lines = recorder();
    const first = Array.from({ length: 1000 }, (_, index) => lines.of(cached(item('vad', `${index}`)))).flat();
    lines.wait(1500);
    const second = lines.of(cached(item('mean', 'x')));
    const counts = [...first, ...second, ...lines.rest()].map((line) => line.counts as Record<string, number>);
    expect(counts.length).toBeLessThanOrEqual(2);
    expect(counts.reduce((sum, { vad = 0 }) => sum + vad, 0)).toBe(1000);
    expect(counts.reduce((sum, { mean = 0 }) => sum + mean, 0)).toBe(1);
  });

  test('keep the newest figures of each training, and the last ones before its end', () => {
    const lines = recorder();
    lines.of(told(fold('03'), figuresAt(1, 15)));
    for (let epoch = 2; epoch <= 15; epoch++) expect(lines.of(told(fold('03'), figuresAt(epoch, 15)))).toEqual([]);
    expect(lines.of(done(fold('03')))).toMatchObject([
      { type: 'tasks-progress', tasks: [['model fold=03 seed=1', { epoch: 15 }]] },
      { type: 'task-done' },
    ]);
  });

  test('leave nothing held back at the end of a run', () => {
    const lines = recorder();
    lines.of(cached(item('vad', 'a')));
    lines.of(cached(item('vad', 'b')));
    const ends = lines.of(runEnded('done', 1));
    expect(ends.at(-1)).toMatchObject({ type: 'run-ended' });
    expect(lines.rest()).toEqual([]);
  });
});
