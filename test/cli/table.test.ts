import { expect, test } from 'vitest';
import { renderTable } from '../../src/cli/table.ts';
import { tame } from '../../src/cli/terminal.ts';

const plain = (text: string) => text;

test('numbers stand to the right, texts to the left, blanks do not trail', () => {
  const rows = [
    ['anger', 0.92, ''],
    ['sadness', 11, 'few'],
  ];
  expect(renderTable(['class', 'recall', 'note'], rows, plain).split('\n')).toEqual([
    'class    recall  note',
    'anger      0.92',
    'sadness      11  few',
  ]);
});

test('percentages with a spread count as numbers, and a missing cell is a dash', () => {
  const rows = [
    ['03', '81.2 % ± 2.0'],
    ['08', null],
    ['09', '9.0 %'],
  ];
  expect(renderTable(['speaker', 'UAR'], rows, plain).split('\n')).toEqual([
    'speaker           UAR',
    '     03  81.2 % ± 2.0',
    '     08             -',
    '     09         9.0 %',
  ]);
});

test('an empty cell does not make a column of numbers one of texts', () => {
  expect(
    renderTable(
      ['speaker', 'count'],
      [
        ['03', 16],
        ['mean', ''],
      ],
      plain,
    ).split('\n'),
  ).toEqual(['speaker  count', '03          16', 'mean']);
});

test('a short row is filled up', () => {
  expect(renderTable(['a', 'b'], [['x']], plain)).toBe('a  b\nx  -');
});

test('a cell stays in its row, and what comes from outside does nothing to a terminal', () => {
  expect(renderTable(['', ''], [['a\r\n  b', 'c']], plain)).toBe('a b  c');
  const [red, usual] = ['\u001b[31m', '\u001b[39m'];
  expect(tame(`${red}one${usual}\n\ttwo`)).toBe(`${red}one${usual}\n\ttwo`);
  expect(tame('\u001b]0;title\u0007a\u001b[2Jb\u009b3Jc\u0008\rd')).toBe('abcd');
  expect(tame('right \u202eto left\u2066')).toBe('right to left');
});
