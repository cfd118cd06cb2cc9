import fc from '../support/fast-check.ts';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { createRunModel } from '../../src/dashboard/create-run-model.ts';
import { drawScreen } from '../../src/dashboard/screens/index.ts';
import { type Source, act, firstView } from '../../src/dashboard/view.ts';
import { after, done, failed, planned, runInTheMiddle, runStarted, said, started, told } from './made-up-run.ts';
import { sweepInTheMiddle } from './made-up-sweep.ts';
import { calm } from './mount.tsx';

const colours = picocolors.createColors(true);

function check(source: Source, columns: number, rows: number, keys: readonly Parameters<typeof act>[1][]): void {
  const frame = { columns, rows, colours, now: after(60) };
  const view = keys.reduce((now, key) => act(now, key, source, frame), firstView(source));
  const lines = drawScreen({ source, view, surroundings: calm, watching: false, canPause: true }, frame);
  expect(lines).toHaveLength(rows);
  for (const line of lines) {
    expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    // Nothing but colours: a cursor that moves would break the screen.
    expect(line.replaceAll(/\u001b\[[\d;]*m/g, '')).not.toMatch(/\p{Cc}/u);
  }
}

const size = fc.record({ columns: fc.integer({ min: 2, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) });
const key = fc.constantFrom(
  'up',
  'down',
  'pageUp',
  'pageDown',
  'first',
  'last',
  'open',
  'back',
  'help',
  'sort' as const,
);
const keys = fc.array(key, { maxLength: 6 });
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '日本語のファイル名',
    'e\u0301te\u0301',
    '👩‍👩‍👧‍👦 family',
    '\u001b[2Jgone',
    'a\tb\r\nc',
    '\u202Eright to left',
    '',
  ),
);

describe('every screen', () => {
  test('of a run has its size exactly, whatever the keys', () => {
    const source: Source = { kind: 'run', model: runInTheMiddle() };
    fc.assert(fc.property(size, keys, ({ columns, rows }, pressed) => check(source, columns, rows, pressed)));
  });

  test('of a sweep has its size exactly, whatever the keys', () => {
    const source: Source = { kind: 'sweep', model: sweepInTheMiddle() };
    fc.assert(fc.property(size, keys, ({ columns, rows }, pressed) => check(source, columns, rows, pressed)));
  });

  test('is proof against names and messages from anywhere, in cells and not in characters', () => {
    fc.assert(
      fc.property(size, keys, text, text, text, ({ columns, rows }, pressed, name, id, message) => {
        const model = createRunModel();
        const task = { stage: name, item: id, point: { axis: message } };
        const events = [runStarted, planned(name, 'reduce', 3), started(task, message), said(task, message)];
        for (const event of events) model.apply(event, after(1));
        model.apply(told(task, { epoch: 1, epochs: 2, loss: NaN, [message]: Infinity }), after(2));
        model.apply(failed(task, { message, detail: message, code: id, advice: message }), after(3));
        model.apply(started({ ...task, item: message }), after(4));
        model.apply(done({ ...task, item: message }), after(5));
        check({ kind: 'run', model }, columns, rows, pressed);
      }),
    );
  });
});
