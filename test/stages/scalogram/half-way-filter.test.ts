import fc from '../../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { halfWayFilter } from '../../../stages/scalogram/half-way-filter.ts';

/** The error of the filter at an angular frequency, in radians per half a sampling interval. */
const errorAt = (filter: readonly number[], angle: number) =>
  1 - filter.reduce((sum, coefficient, pair) => sum + 2 * coefficient * Math.cos((2 * pair + 1) * angle), 0);

describe('filter for the value halfway', () => {
  it('is within 1.5e-7 at every frequency, weighted by the spectrum', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 0.185, noNaN: true }),
        fc.double({ min: 0, max: 8, noNaN: true }),
        (width, place) => {
          const filter = halfWayFilter(width) ?? [];
          const weight = Math.exp((-place * place) / 2);
          expect(Math.abs(weight * errorAt(filter, place * width))).toBeLessThan(1.5e-7);
        },
      ),
    );
  });

  it('is shorter, the narrower the band', () => {
    const pairs = [0.01, 0.05, 0.1, 0.14, 0.18].map((width) => halfWayFilter(width)?.length);
    expect(pairs).toEqual([2, 3, 4, 5, 6]);
  });

  it('is none for a band that is too wide', () => {
    expect(halfWayFilter(0.2)).toBeUndefined();
  });
});
