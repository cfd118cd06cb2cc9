import fc from '../support/fast-check.ts';
import { expect, it } from 'vitest';
import { newRunId } from '../../src/experiment/run-id.ts';

const times = fc.date({ min: new Date('2020-01-01'), max: new Date('2090-01-01'), noInvalidDate: true });

it('names a run by second, milliseconds and five random digits', () => {
  expect(newRunId(new Date('2026-11-22T12:45:01.255Z'))).toMatch(/^20261122-124501-0ff[\da-f]{5}$/);
  fc.assert(fc.property(times, (time) => /^\d{8}-\d{6}-[\da-f]{8}$/.test(newRunId(time))));
});

it('gives names that sort by time, within a second too', () => {
  const laps = fc.integer({ min: 1, max: 1500 });
  fc.assert(fc.property(times, laps, (time, lap) => newRunId(time) < newRunId(new Date(time.getTime() + lap))));
});

it('gives different names at the same time', () => {
  const now = new Date();
  // Of 2^20 names: that all three are one is not to be feared.
  expect(new Set([1, 2, 3].map(() => newRunId(now))).size).toBeGreaterThan(1);
});
