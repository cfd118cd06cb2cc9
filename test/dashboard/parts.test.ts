import fc from '../support/fast-check.ts';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { createRunModel } from '../../src/dashboard/create-run-model.ts';
import { extendCurves, type Curve } from '../../src/dashboard/curves.ts';
import { runLeft } from '../../src/dashboard/estimate.ts';
import { formatClock, formatLeft, formatRate } from '../../src/dashboard/format.ts';
import { memoryOf } from '../../src/dashboard/memory.ts';
import { createPainter } from '../../src/dashboard/painter.ts';
import { windowOf } from '../../src/dashboard/screens/task-rows.ts';
import { sparkline } from '../../src/dashboard/sparkline.ts';
import { spread, styledLine } from '../../src/dashboard/styled-line.ts';
import { harmless } from '../../src/dashboard/harmless.ts';
import { cut, fit, textWidth, wrap } from '../../src/dashboard/text.ts';
import { after, cached, done, failed, fold, item, planned, runStarted, started, told } from './made-up-run.ts';

const colours = picocolors.createColors(false);
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });

describe('text in cells', () => {
  test('is measured as string-width does', () => {
    const known = ['', 'loss', '●━▁✓❯…·', '日本語', 'e\u0301', '👩‍👩‍👧‍👦', 'ﾊﾝｶｸ'];
    for (const text of known) expect(textWidth(text)).toBe(stringWidth(text));
    fc.assert(
      fc.property(anyText, (text) => {
        expect(textWidth(harmless(text))).toBe(stringWidth(harmless(text)));
      }),
    );
  });

  test('is cut and filled to a width, never in the middle of a character', () => {
    expect(fit('日本語', 5)).toBe('日本…');
    expect(fit('日本語', 4)).toBe('日… ');
    expect(fit('abc', 5)).toBe('abc  ');
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, width) => {
        expect(stringWidth(fit(harmless(text), width))).toBe(width);
        expect(harmless(text).startsWith(cut(harmless(text), width))).toBe(true);
      }),
    );
  });

  test('is wrapped without losing a letter', () => {
    expect(wrap('the loss is not finite', 12)).toEqual(['the loss is', 'not finite']);
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, width) => {
        const letters = (shown: string) => harmless(shown).replaceAll(/\s/gu, '');
        expect(letters(wrap(text, width).join(''))).toBe(letters(text));
      }),
    );
  });

  test('can do nothing to the terminal', () => {
    expect(harmless('\u001b[2J\u001b]0;title\u0007gone\u0000\u009b31m')).toBe('gone');
    expect(harmless('a\tb\r\n')).toBe('a  b');
  });
});

describe('a line', () => {
  test('tells by … that it was cut', () => {
    expect(styledLine(['model fold=03', ' running'], 16, colours)).toBe('model fold=03 r…');
    expect(styledLine(['model'], 5, colours)).toBe('model');
  });

  test('has of several right ends the first that fits', () => {
    const rights = [['1:00, 3 min left'], ['1:00']] as const;
    expect(spread(['demo'], rights, 24, colours)).toBe('demo    1:00, 3 min left');
    expect(spread(['demo'], rights, 12, colours)).toBe('demo    1:00');
    expect(spread(['demo'], rights, 9, colours)).toBe('demo');
  });
});

describe('a sparkline', () => {
  test('goes from the least to the greatest value', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([3, 3], 8)).toBe('▄▄');
    expect(sparkline([], 8)).toBe('');
    expect(sparkline([1, NaN, 2, Infinity], 8)).toBe('▁█');
  });

  test('has the means of a long curve', () => {
    const long = Array.from({ length: 80 }, (_, index) => index);
    expect(sparkline(long, 8)).toBe('▁▂▃▄▅▆▇█');
  });

  test('of a very long training keeps its shape in few points', () => {
    const curves = new Map<string, Curve>();
    for (let epoch = 1; epoch <= 10_000; epoch++) extendCurves(curves, { epoch, loss: 1 / epoch });
    const { values = [] } = curves.get('loss') ?? {};
    expect(values.length).toBeLessThanOrEqual(512);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(curves.has('epoch')).toBe(false);
  });
});

test('times and rates are short', () => {
  expect([7, 72, 7389, 273_600].map(formatClock)).toEqual(['7 s', '1:12', '2:03:09', '3 d 04 h']);
  expect([2.2, 41, 130, 5000, 200_000].map(formatLeft)).toEqual(['3 s', '45 s', '3 min', '1 h 24 min', '3 days']);
  expect([12.34, 0.5, 0.001].map(formatRate)).toEqual(['12/s', '30/min', '3.6/h']);
});

test('a window holds the selected entry', () => {
  const length = fc.integer({ min: 1, max: 100 });
  fc.assert(
    fc.property(length, length, length, (entries, wanted, rows) => {
      const selected = Math.min(wanted, entries) - 1;
      const { start, end } = windowOf(entries, selected, rows);
      expect(end - start).toBe(Math.min(entries, rows));
      expect(start <= selected && selected < end).toBe(true);
    }),
  );
});

describe('the time left', () => {
  test('is that of the tasks before, as many at once', () => {
    const model = createRunModel();
    const ids = Array.from({ length: 10 }, (_, index) => item('vad', `${index}`));
    for (const event of [runStarted, planned('vad', 'map', 10)]) model.apply(event, after(0));
    expect(runLeft(model, after(0))).toBeUndefined();
    const [a, b, c, d] = ids;
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('no items');
    for (const event of [started(a), started(b)]) model.apply(event, after(0));
    for (const event of [done(a, 4), done(b, 4), started(c), started(d)]) model.apply(event, after(4));
    // 6 wait for 4 s each, and 2 have 4 s to go: 32 s of work, two at once.
    expect(runLeft(model, after(4))).toEqual({ seconds: 16, isLeast: false });
  });

  test('of a training follows its epochs, and is a least while others are unknown', () => {
    const model = createRunModel();
    const events = [runStarted, planned('model', 'reduce', 1), planned('scores', 'reduce', 1), started(fold('03'))];
    for (const event of events) model.apply(event, after(0));
    model.apply(told(fold('03'), { epoch: 1, epochs: 10 }), after(3));
    model.apply(told(fold('03'), { epoch: 4, epochs: 10 }), after(9));
    expect(runLeft(model, after(9))).toEqual({ seconds: 12, isLeast: true });
  });
});

describe('the model of a run', () => {
  test('counts a task once that begins anew because its inputs were damaged', () => {
    const model = createRunModel(() => after(0));
    for (const event of [
      runStarted,
      planned('audio', 'map', 2),
      started(item('audio', 'a')),
      started(item('audio', 'a')),
    ])
      model.apply(event, after(1));
    expect(model.stages.get('audio')?.running).toBe(1);
    model.apply(done(item('audio', 'a')), after(2));
    expect(model.stages.get('audio')).toMatchObject({ running: 0, done: 1 });
  });

  test('counts every task once, and a task that is tried again still runs', () => {
    const model = createRunModel();
    const task = fold('03');
    const events = [
      planned('model', 'reduce', 3),
      started(task),
      failed(task, {}, true),
      started(task),
      done(task),
      started(fold('08')),
      failed(fold('08')),
      cached(fold('09')),
    ];
    for (const event of events) model.apply(event, after(1));
    expect(model.stages.get('model')).toMatchObject({ done: 1, failed: 1, cached: 1, running: 0 });
    expect(model.ended.map(({ status, attempt }) => [status, attempt])).toEqual([
      ['done', 2],
      ['failed', 1],
    ]);
  });

  test('keeps little of many tasks', () => {
    const model = createRunModel();
    model.apply(planned('vad', 'map', 5000), after(0));
    for (let index = 0; index < 5000; index++) {
      const task = item('vad', `${index}`);
      model.apply(started(task), after(1));
      model.apply(index % 2 === 0 ? done(task) : failed(task), after(2));
    }
    expect(model.ended.length).toBeLessThanOrEqual(1000);
    expect(model.tail.lines.length).toBeLessThanOrEqual(200);
  });
});

describe('the painter', () => {
  test('writes only lines that differ, each at its place', () => {
    const written: string[] = [];
    const painter = createPainter((text) => void written.push(text));
    painter.paint(['one', 'two', 'three']);
    painter.paint(['one', 'zwei', 'three']);
    painter.paint(['one', 'zwei', 'three']);
    expect(written).toHaveLength(2);
    expect(written[1]).toBe('\u001b[2;1H\u001b[2Kzwei');
    painter.forget();
    painter.paint(['one']);
    expect(written[2]).toContain('\u001b[2J');
  });
});

test('memory is that of a process and its descendants, where the system tells', () => {
  const memory = memoryOf(process.pid);
  if (process.platform !== 'linux') return;
  expect(memory?.used).toBeGreaterThan(10e6);
  expect(memory?.used).toBeLessThan(memory?.total ?? 0);
  expect(memoryOf(2 ** 22 + 1)).toBeUndefined();
});
