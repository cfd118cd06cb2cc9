import { expect, test } from 'vitest';
import { describeRow, formatNumber, summariseRow } from '../../bench/support/row.ts';
import { markdownTable } from '../../bench/support/table.ts';

const row = {
  what: 'epoch',
  unit: 's',
  ours: [1, 4, 2],
  theirs: { name: 'PyTorch 2', values: [2, 4, 1] },
  aim: 1,
};

test('the ratio is that of the medians, its range that of the rounds', () => {
  expect(summariseRow(row)).toEqual({
    ours: { median: 2, least: 1, most: 4 },
    theirs: { median: 2, least: 1, most: 4 },
    ratio: { median: 1, least: 0.5, most: 2 },
    reached: true,
  });
});

test('without theirs the aim is one of the value', () => {
  expect(summariseRow({ what: 'epoch', unit: 's', ours: [3], aim: 2 }).reached).toBe(false);
  expect(summariseRow({ what: 'epoch', unit: 's', ours: [3] }).reached).toBeUndefined();
});

test('an aim is not judged where theirs, or ours, could not be measured', () => {
  expect(summariseRow({ ...row, theirs: { name: 'PyTorch 2', values: [] } }).reached).toBeUndefined();
  expect(summariseRow({ ...row, ours: [] }).reached).toBeUndefined();
});

test('a row says all that was measured in one line', () => {
  expect(describeRow(row)).toBe(
    'epoch: 2.00 s (1.00-4.00); PyTorch 2 2.00 s (1.00-4.00); ratio 1.00 (0.500-2.00); aim 1.00',
  );
  expect(describeRow({ what: 'epoch', unit: 's', ours: [], aim: 1, note: 'no corpus' })).toBe('epoch: no corpus');
});

test.each([
  [0, '0'],
  [0.00123456, '0.00123'],
  [0.92, '0.920'],
  [12.345, '12.3'],
  [1234.5, '1235'],
  [NaN, 'NaN'],
])('%d is written as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test('the table has a line for each row, and says of each aim whether it is reached', () => {
  const lines = markdownTable([row, { what: 'a|b', unit: 'ms', ours: [], aim: 5, note: 'no corpus' }]).split('\n');
  expect(lines).toHaveLength(4);
  expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  expect(lines[2]).toContain('<= 1.00 yes');
  expect(lines[3]).toMatch(/a\\\|b \(no corpus\) +\| not measured/);
});
