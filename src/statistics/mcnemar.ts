export interface McNemarTest {
  /** Units that only the first, and only the second system recognised. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Two-sided exact binomial. */
  readonly exactP: number;
  /** Two-sided mid-p: half the probability of the outcome itself is left out. */
  readonly midP: number;
}

/**
 * McNemar's test of two systems on the same units, by the binomial distribution of those that only one of them recognised
 * (mid-p: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013). It takes units as independent,
 * which units of one speaker are not: its p is too small then.
 */
export function mcnemarTest(onlyFirst: number, onlySecond: number): McNemarTest {
  const trials = onlyFirst + onlySecond;
  const least = Math.min(onlyFirst, onlySecond);
  // Binomial(trials, 1/2) at `least`, then downwards by the ratio of neighbours.
  let logarithm = -trials * Math.LN2;
  for (let k = 1; k <= least; k++) logarithm += Math.log((trials - least + k) / k);
  const point = Math.exp(logarithm);
  let [tail, term] = [0, point];
  for (let k = least; k >= 0; k--) {
    tail += term;
    term *= k / (trials - k + 1);
  }
  return {
    onlyFirst,
    onlySecond,
    exactP: Math.min(1, 2 * tail),
    midP: Math.min(1, 2 * tail - point),
  };
}
