import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { codingOf, encodeAll } from '../../../src/sweep/search/coding.ts';
import { erf, logErfc } from '../../../src/sweep/search/error-function.ts';
import { componentWeights, mixtureOf } from '../../../src/sweep/search/mixture.ts';
import { drawNormal, logMass } from '../../../src/sweep/search/normal.ts';
import { randomOf } from '../../../src/sweep/search/random.ts';
import type { Configuration, Space } from '../../../src/sweep/search/index.ts';

interface MixtureCase {
  readonly name: string;
  readonly space: Space;
  readonly observed: readonly Configuration[];
  readonly points: readonly Configuration[];
  readonly logDensity: readonly number[];
}

/** By SciPy and mpmath: make_densities.py. */
const reference = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../fixtures/search/densities.json'), 'utf8'),
) as {
  readonly erf: readonly (readonly [number, number])[];
  readonly logErfc: readonly (readonly [number, number])[];
  readonly logMass: readonly (readonly [number, number, number])[];
  readonly mixtures: readonly MixtureCase[];
};

function expectClose(actual: number, expected: number, tolerance = 1e-12): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
}

describe('the normal distribution', () => {
  test.each(reference.erf)('erf(%d) is that of mpmath', (x, expected) => {
    expectClose(erf(x), expected, 1e-15);
  });

  test.each(reference.logErfc)('log(1 - erf(%d)) is that of mpmath', (x, expected) => {
    expectClose(logErfc(x), expected, 1e-12);
  });

  test.each(reference.logMass)(
    'the probability between %d and %d is that of mpmath, also in the tails',
    (a, b, expected) => {
      expectClose(logMass(a, b), expected, 1e-11);
    },
  );

  test('values that are drawn are within, and spread as the density says', () => {
    const normal = { mean: 0.9, deviation: 0.5, low: -1, high: 1 };
    const random = randomOf('drawn');
    const values = Array.from({ length: 20000 }, () => drawNormal(normal, random)).sort((a, b) => a - b);
    expect(values[0]).toBeGreaterThanOrEqual(-1);
    expect(values.at(-1)).toBeLessThanOrEqual(1);
    const total = logMass(-3.8, 0.2);
    const farthest = values.map((value, rank) => {
      const share = Math.exp(logMass(-3.8, (value - 0.9) / 0.5) - total);
      return Math.abs(share - (rank + 0.5) / values.length);
    });
    // Kolmogorov and Smirnov: 1.63 / sqrt(n) at 1 %.
    expect(Math.max(...farthest)).toBeLessThan(1.63 / Math.sqrt(values.length));
  });
});

describe('a mixture', () => {
  test.each(reference.mixtures)(
    'has the density that SciPy gives: $name',
    ({ space, observed, points, logDensity }) => {
      const codings = space.map(codingOf);
      const mixture = mixtureOf(
        codings.map(({ kernels }) => kernels),
        encodeAll(codings, observed),
      );
      const asked = encodeAll(codings, points);
      for (const [at, expected] of logDensity.entries()) {
        expectClose(mixture.logDensity(Float64Array.from(asked, (column) => column[at] ?? NaN)), expected, 1e-11);
      }
    },
  );

  test('weighs the newest 25 observations and the prior alike, and older ones less', () => {
    const weights = componentWeights(40);
    expect(weights).toHaveLength(41);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
    expect(new Set(weights.slice(15))).toHaveProperty('size', 1);
    expect((weights[0] ?? 0) / (weights[40] ?? 0)).toBeCloseTo(1 / 40, 12);
    expect([...weights.slice(0, 15)]).toEqual([...weights.slice(0, 15)].sort((a, b) => a - b));
  });

  test('draws what its density says', () => {
    const codings = [codingOf({ kind: 'choice', path: 'word', values: ['a', 'b', 'c'] })];
    const mixture = mixtureOf(
      codings.map(({ kernels }) => kernels),
      [Float64Array.of(0, 0, 1)],
    );
    const random = randomOf('draws');
    const counts = [0, 0, 0];
    const total = 30000;
    for (let draw = 0; draw < total; draw++) {
      const [point = 0] = mixture.draw(random);
      counts[point] = (counts[point] ?? 0) + 1;
    }
    for (const [value, count] of counts.entries()) {
      const expected = Math.exp(mixture.logDensity(Float64Array.of(value)));
      expect(Math.abs(count / total - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / total));
    }
  });
});
