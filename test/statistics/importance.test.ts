import { describe, expect, it } from 'vitest';
import { parameterImportance } from '../../src/statistics/importance.ts';
import { seededUniform } from '../../src/statistics/random.ts';

const uniform = seededUniform(3);
const draws = Array.from({ length: 60 }, () => uniform());

describe('the importance of a parameter', () => {
  it('is all of the variance where nothing else counts, and none where it does not', () => {
    const depths = draws.map((draw) => 3 + Math.floor(4 * draw));
    const other = draws.map((_, index) => (index % 2 === 0 ? 'a' : 'b'));
    const objectives = depths.map((depth) => 0.1 * depth);
    expect(parameterImportance(depths, objectives)).toEqual({ share: 1, levels: 4, correlation: 1 });
    expect(parameterImportance(other, objectives).share).toBeLessThan(0.1);
    expect(parameterImportance(other, objectives).correlation).toBeUndefined();
  });

  it('is not known where the objective never changed, whatever rounding makes of that', () => {
    // Their mean is 0.6999999999999998.
    expect(parameterImportance(['a', 'a', 'b'], [0.7, 0.7, 0.7]).share).toBeUndefined();
  });

  it('sees an optimum in the middle, which no correlation shows', () => {
    const rates = draws.map((draw) => draw - 0.5);
    const {
      share = 0,
      levels,
      correlation = 1,
    } = parameterImportance(
      rates,
      rates.map((rate) => -rate * rate),
    );
    expect(levels).toBe(4);
    expect(share).toBeGreaterThan(0.5);
    expect(Math.abs(correlation)).toBeLessThan(0.3);
  });

  it('counts being absent as a level of its own', () => {
    const settings = ['3x3', '5x5', undefined, undefined, '3x3', '5x5'];
    expect(parameterImportance(settings, [1, 1, 2, 2, 1, 1])).toMatchObject({ share: 1, levels: 3 });
  });

  it('is unknown where a parameter or the objective never changes, or no level was tried twice', () => {
    expect(parameterImportance([1, 1, 1], [1, 2, 3]).share).toBeUndefined();
    expect(parameterImportance([1, 2, 1], [1, 1, 1])).toMatchObject({ share: undefined, correlation: undefined });
    expect(parameterImportance(['a', 'b', 'c'], [1, 2, 3]).share).toBeUndefined();
    expect(parameterImportance([], []).share).toBeUndefined();
  });

  it('takes off what as many levels explain by chance', () => {
    const names = draws.map((_, index) => `choice ${index % 20}`);
    const random = seededUniform(11);
    const objectives = draws.map(() => random());
    expect(parameterImportance(names, objectives).share).toBeLessThan(0.25);
  });
});
