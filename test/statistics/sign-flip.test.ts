import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { signFlipTest } from '../../src/statistics/sign-flip.ts';

describe('the sign-flip test', () => {
  it('cannot give less than 2/16 with four terms, however large they are', () => {
    expect(signFlipTest([9, 8, 7, 6])).toEqual({ p: 0.125, smallestP: 0.125, method: 'exact', flips: 16 });
  });

  it('has p = 1 where nothing differs, or everything cancels out', () => {
    expect(signFlipTest([]).p).toBe(1);
    expect(signFlipTest([0, 0, 0])).toMatchObject({ p: 1, smallestP: 1 });
    expect(signFlipTest([0.1, 0.2, -0.3]).p).toBe(1);
  });

  it('counts as tied what differs by rounding alone', () => {
    // 0.1 + 0.2 - 0.3 is 5.6e-17, not 0; all sums here but four are tied with the observed 0.
    const thirds = [1 / 3, 1 / 3, 1 / 3, -1 / 3, -1 / 3, -1 / 3];
    expect(signFlipTest(thirds).p).toBe(1);
    // 20 of the 64 sums are 0; the observed is 2/3.
    expect(signFlipTest([1 / 3, 1 / 3, 1 / 3, 1 / 3, -1 / 3, -1 / 3]).p).toBe(44 / 64);
  });

  it('changes nothing by terms of zero, by order, sign or scale', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(
          value.filter((v) => Math.abs(v) > 1e-6),
          { minLength: 1, maxLength: 12 },
        ),
        (terms) => {
          const { p } = signFlipTest(terms);
          expect(signFlipTest([...terms, 0]).p).toBe(p);
          expect(signFlipTest([...terms].reverse()).p).toBeCloseTo(p, 12);
          expect(signFlipTest(terms.map((term) => -term)).p).toBeCloseTo(p, 12);
          expect(signFlipTest(terms.map((term) => 1024 * term)).p).toBe(p);
          expect(p * 2 ** terms.length).toBeCloseTo(Math.round(p * 2 ** terms.length), 9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('counts all 2^30 signs of 30 terms', () => {
    // Sums of 30 equal terms are binomial: 20 and more of 30 the same way, twice: 2 * 53,009,102 ways.
    const terms = Array.from({ length: 30 }, (_, index) => (index < 20 ? 0.01 : -0.01));
    const p = (2 * 53_009_102) / 2 ** 30;
    expect(signFlipTest(terms)).toEqual({ p, smallestP: 2 ** -29, method: 'exact', flips: 2 ** 30 });
  });

  it('draws the same signs each time above 30 terms, and never gives zero', () => {
    const terms = Array.from({ length: 50 }, () => 1);
    expect(signFlipTest(terms)).toEqual({ p: 1e-4, smallestP: 1e-4, method: 'sampled', flips: 9999 });
    const mixed = terms.map((term, index) => (index % 3 === 0 ? -term : term));
    expect(signFlipTest(mixed)).toEqual(signFlipTest(mixed));
  });
});
