import fc from '../../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { halvingCost, halvingRungs, survivors } from '../../../src/sweep/search/index.ts';

const settings = fc
  .record({
    configurations: fc.integer({ min: 1, max: 300 }),
    minimum: fc.integer({ min: 1, max: 20 }),
    more: fc.integer({ min: 0, max: 200 }),
    factor: fc.constantFrom(2, 2.5, 3, 4),
  })
  .map(({ more, ...rest }) => ({ ...rest, maximum: rest.minimum + more }));

describe('the rungs of successive halving', () => {
  test('are those of the textbook', () => {
    const rungs = halvingRungs({ configurations: 27, minimum: 1, maximum: 27, factor: 3 });
    expect(rungs.map(({ configurations, epochs }) => [configurations, epochs])).toEqual([
      [27, 1],
      [9, 3],
      [3, 9],
      [1, 27],
    ]);
    // 27 + 9 x 2 + 3 x 6 + 1 x 18, where each goes on from where it paused.
    expect(halvingCost(rungs)).toBe(81);
  });

  test('end with a full training of those that are left', () => {
    const rungs = halvingRungs({ configurations: 40, minimum: 4, maximum: 24, factor: 3 });
    expect(rungs).toEqual([
      { configurations: 40, epochs: 4 },
      { configurations: 13, epochs: 12 },
      { configurations: 4, epochs: 24 },
    ]);
  });

  test('let a configuration that is left alone train to its end at once', () => {
    const rungs = halvingRungs({ configurations: 3, minimum: 1, maximum: 100, factor: 3 });
    expect(rungs).toEqual([
      { configurations: 3, epochs: 1 },
      { configurations: 1, epochs: 100 },
    ]);
    expect(halvingRungs({ configurations: 1, minimum: 1, maximum: 9, factor: 2 })).toEqual([
      { configurations: 1, epochs: 9 },
    ]);
  });

  test('begin with a fifth of the epochs by default, which costs less than 40 % of all in full', () => {
    const settings = { configurations: 81, maximum: 40, factor: 3 };
    const rungs = halvingRungs(settings);
    expect(rungs.map(({ epochs }) => epochs)).toEqual([8, 24, 40]);
    expect(halvingCost(rungs) / (81 * 40)).toBeLessThan(0.4);
    expect(halvingRungs({ ...settings, maximum: 1 })).toEqual([{ configurations: 81, epochs: 1 }]);
  });

  test('are one when there is nothing to save', () => {
    expect(halvingRungs({ configurations: 5, minimum: 9, maximum: 9, factor: 2 })).toEqual([
      { configurations: 5, epochs: 9 },
    ]);
  });

  test('have fewer configurations and more epochs from one to the next, and cost no more than all in full', () => {
    fc.assert(
      fc.property(settings, (one) => {
        const rungs = halvingRungs(one);
        expect(rungs[0]?.configurations).toBe(one.configurations);
        expect(rungs.at(-1)?.epochs).toBe(one.maximum);
        for (const [at, rung] of rungs.slice(1).entries()) {
          expect(rung.configurations).toBeLessThan(rungs[at]?.configurations ?? 0);
          expect(rung.epochs).toBeGreaterThan(rungs[at]?.epochs ?? 0);
        }
        expect(halvingCost(rungs)).toBeLessThanOrEqual(one.configurations * one.maximum);
      }),
    );
  });

  test.each([
    [{ configurations: 0, minimum: 1, maximum: 9, factor: 3 }, 'whole numbers'],
    [{ configurations: 4, minimum: 1.5, maximum: 9, factor: 3 }, 'whole numbers'],
    [{ configurations: 4, minimum: 10, maximum: 9, factor: 3 }, 'above the maximum'],
    [{ configurations: 4, minimum: 1, maximum: 9, factor: 1.5 }, 'factor'],
    [{ configurations: 4, minimum: 1, maximum: 9, factor: NaN }, 'factor'],
  ])('are not made of %j', (given, reason) => {
    expect(() => halvingRungs(given)).toThrow(reason);
  });
});

describe('the survivors of a rung', () => {
  test('are the best, ties by trial number, whatever the order of the results', () => {
    const results = [
      { trial: 3, value: 0.2 },
      { trial: 0, value: 0.5 },
      { trial: 2, value: 0.2 },
      { trial: 1, value: 0.1 },
    ];
    expect(survivors(results, 2)).toEqual([1, 2]);
    expect(survivors(results.toReversed(), 3)).toEqual([1, 2, 3]);
  });

  test('are never failed trials, even if fewer go on', () => {
    const results = [
      { trial: 0, value: undefined },
      { trial: 1, value: NaN },
      { trial: 2, value: 1 },
      { trial: 3, value: Infinity },
    ];
    expect(survivors(results, 3)).toEqual([2]);
    expect(survivors(results.slice(0, 2), 1)).toEqual([]);
  });
});
