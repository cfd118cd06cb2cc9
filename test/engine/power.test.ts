import fc from '../support/fast-check.ts';
import { expect, test } from 'vitest';
import { power } from '../../src/engine/power.ts';

test('powers are those of mathematics, for any step of a training', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.integer({ min: 0, max: 1_000_000 }), (base, step) => {
      const expected = Math.exp(step * Math.log(base));
      expect(Math.abs(power(base, step) - expected)).toBeLessThanOrEqual(1e-9 * expected + 1e-300);
    }),
  );
});

test('powers have the bits of multiplications, not of a library', () => {
  expect(power(0.9, 0)).toBe(1);
  expect(power(0.9, 3)).toBe(0.9 * (0.9 * 0.9));
  const square = 0.999 * 0.999;
  expect(power(0.999, 7)).toBe(0.999 * square * (square * square));
  expect(power(-2, 31)).toBe(-2147483648);
});
