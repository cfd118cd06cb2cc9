import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { clusterInterval } from '../../src/statistics/cluster-interval.ts';
import { clusterTerms, type ScoredUnit } from '../../src/statistics/cluster-terms.ts';
import { cohenDz, smallestDifference } from '../../src/statistics/effect-size.ts';
import { holm } from '../../src/statistics/holm.ts';
import { epsilonSquared, rankCorrelation } from '../../src/statistics/importance.ts';
import { mcnemarTest } from '../../src/statistics/mcnemar.ts';
import { unweightedAverageRecall } from '../../src/statistics/recall.ts';
import { countSampled, signFlipTest } from '../../src/statistics/sign-flip.ts';
import { studentCdf, studentQuantile } from '../../src/statistics/student-t.ts';

interface Interval {
  estimate: number;
  error: number;
  low: number;
  high: number;
}
interface Reference {
  student: { quantiles: [number, number, number][]; cdf: [number, number, number][] };
  comparisons: {
    units: { cluster: string; label: string; first: number; second: number }[];
    uar: [number, number];
    terms: number[];
    signFlip: number;
    first: Interval;
    difference: Interval;
    dz: number;
    smallest: number;
  }[];
  flips: { terms: number[]; p: number }[];
  sampled: { terms: number[]; negative: string[]; hits: number; all: number };
  mcnemar: [number, number, number, number][];
  holm: { p: number[]; adjusted: number[] }[];
  recall: { labels: number[]; predicted: number[]; uar: number };
  importance: {
    groups: { groups: number[][]; share: number }[];
    ranks: { first: number[]; second: number[]; rho: number };
  };
}

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/statistics/statistics.json', import.meta.url), 'utf8'),
) as Reference;

/** To 1e-10 of the value, and of 1 where it is smaller. */
function near(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? NaN) - expected)).toBeLessThanOrEqual(1e-10 * Math.max(1, Math.abs(expected)));
}

describe("Student's t against SciPy", () => {
  it.each(reference.student.quantiles)('quantile of %f with %i degrees', (probability, degrees, expected) => {
    near(studentQuantile(probability, degrees), expected);
  });

  it.each(reference.student.cdf)('cdf of %f with %i degrees', (t, degrees, expected) => {
    near(studentCdf(t, degrees), expected);
  });
});

describe.each(reference.comparisons.map((one, index) => ({ ...one, index })))(
  'comparison $index against NumPy, SciPy and enumeration',
  ({ units, uar, terms, signFlip, first, difference, dz, smallest }) => {
    const scored = (value: (unit: (typeof units)[number]) => number): ScoredUnit[] =>
      units.map((unit) => ({ cluster: unit.cluster, label: unit.label, tests: 1, value: value(unit) }));
    const change = clusterTerms(scored((unit) => unit.second - unit.first));

    it('estimates both averages and their difference', () => {
      near(clusterTerms(scored((unit) => unit.first)).estimate, uar[0]);
      near(clusterTerms(scored((unit) => unit.second)).estimate, uar[1]);
      near(change.estimate, difference.estimate);
    });

    it('divides the difference among the clusters', () => {
      expect(change.terms).toHaveLength(terms.length);
      for (const [index, term] of change.terms.entries()) near(term, terms[index] ?? NaN);
    });

    it('has the p of exchanging the systems within clusters in every way', () => {
      near(signFlipTest(change.terms).p, signFlip);
    });

    it.each([
      ['of one system', clusterTerms(scored((unit) => unit.first)), first],
      ['of the difference', change, difference],
    ] as const)('has the interval %s of leaving each cluster out', (_, found, expected) => {
      const interval = clusterInterval(found);
      near(interval?.standardError, expected.error);
      near(interval?.low, expected.low);
      near(interval?.high, expected.high);
    });

    it('has the smallest difference', () => {
      const interval = clusterInterval(change);
      near(interval && smallestDifference(interval), smallest);
    });

    it("has Cohen's d_z of the clusters' own averages", () => {
      const own = new Map<string, (typeof units)[number][]>();
      for (const unit of units) own.set(unit.cluster, [...(own.get(unit.cluster) ?? []), unit]);
      const average = (list: typeof units, system: 'first' | 'second') =>
        unweightedAverageRecall(list.map((unit) => ({ label: unit.label, correct: unit[system] }))) ?? NaN;
      near(cohenDz([...own.values()].map((list) => average(list, 'second') - average(list, 'first'))), dz);
    });
  },
);

describe('sign flips against enumeration', () => {
  it.each(reference.flips)('$terms', ({ terms, p }) => near(signFlipTest(terms).p, p));

  it('counts the same hits among the same draws', () => {
    const { terms, negative, hits } = reference.sampled;
    const signs = negative.join('');
    let next = 0;
    const sizes = terms.map(Math.abs);
    const least = Math.abs(terms.reduce((sum, term) => sum + term, 0));
    expect(countSampled(sizes, least, negative.length, () => signs[next++] === '1')).toBe(hits);
  });

  it("is near SciPy's permutation test where signs are drawn", () => {
    const { terms, all } = reference.sampled;
    const found = signFlipTest(terms);
    expect(found).toMatchObject({ method: 'sampled', flips: 9999, smallestP: 1e-4 });
    // Four standard errors of 9,999 draws.
    expect(Math.abs(found.p - all)).toBeLessThan(4 * Math.sqrt((all * (1 - all)) / 9999));
  });
});

describe('McNemar against statsmodels and SciPy', () => {
  it.each(reference.mcnemar)('%i and %i', (onlyFirst, onlySecond, exact, middle) => {
    near(mcnemarTest(onlyFirst, onlySecond).exactP, exact);
    near(mcnemarTest(onlyFirst, onlySecond).midP, middle);
    expect(mcnemarTest(onlySecond, onlyFirst).exactP).toBe(mcnemarTest(onlyFirst, onlySecond).exactP);
  });
});

test.each(reference.holm)('Holm against statsmodels: $p', ({ p, adjusted }) => {
  for (const [index, value] of holm(p).entries()) near(value, adjusted[index] ?? NaN);
});

test('unweighted average recall against scikit-learn', () => {
  const { labels, predicted, uar } = reference.recall;
  near(
    unweightedAverageRecall(
      labels.map((label, index) => ({ label: String(label), correct: label === predicted[index] ? 1 : 0 })),
    ),
    uar,
  );
});

describe('importance against SciPy', () => {
  it.each(reference.importance.groups)('the share of variance between groups', ({ groups, share }) => {
    near(epsilonSquared(groups), share);
  });

  it('rank correlation', () => {
    const { first, second, rho } = reference.importance.ranks;
    near(rankCorrelation(first, second), rho);
  });
});
