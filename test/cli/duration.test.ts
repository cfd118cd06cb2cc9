import { expect, test } from 'vitest';
import { counted, formatBytes, formatCount, formatSeconds } from '../../src/cli/duration.ts';

test.each([
  [0.123, '0.12 s'],
  [12.34, '12.3 s'],
  [59.97, '60.0 s'],
  [65, '1 min 05 s'],
  [3599.6, '1 h 00 min'],
  [7800, '2 h 10 min'],
])('%f seconds read %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1500, '1.5 kB'],
  [4.6e6, '4.6 MB'],
  [2.5e12, '2.5 TB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('thousands are parted, and one is one', () => {
  expect([formatCount(999), formatCount(2400), formatCount(1234567)]).toEqual(['999', '2,400', '1,234,567']);
  expect([counted(1, 'task'), counted(2400, 'task')]).toEqual(['1 task', '2,400 tasks']);
});
