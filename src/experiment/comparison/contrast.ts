import {
  type ClusterInterval,
  type ClusterRecall,
  type McNemarTest,
  type ScoredUnit,
  type SignFlipTest,
  clusterInterval,
  clusterTerms,
  cohenDz,
  holm,
  mcnemarTest,
  signFlipTest,
  smallestDifference,
} from '../../statistics/index.ts';
import type { Entry } from './entries.ts';

export const alpha = 0.05;
export const power = 0.8;

/** One entry beside the baseline. Differences are theirs less the baseline's, 0 to 1. */
export interface Contrast {
  readonly difference: number;
  /** By cluster; undefined for a single cluster. */
  readonly interval: ClusterInterval | undefined;
  readonly test: SignFlipTest;
  /** Holm over all contrasts of the comparison. */
  readonly adjustedP: number;
  /** Of the clusters' own differences. */
  readonly dz: number | undefined;
  readonly clusters: { readonly better: number; readonly worse: number; readonly same: number };
  /** The least that `adjustedP` could be, with so many clusters and contrasts, whatever the difference. */
  readonly smallestAdjustedP: number;
  /** What these clusters could show at a level of 0.05 with a power of 0.8; undefined where p cannot be so small. */
  readonly smallestDifference: number | undefined;
  /** Of single replicates; takes units as independent. */
  readonly mcnemar: McNemarTest | undefined;
  readonly verdict: 'better' | 'worse' | 'inconclusive' | 'same answers';
}

/** Every other entry against the first. */
export function contrastAll(entries: readonly Entry[], figures: readonly (readonly ClusterRecall[])[]): Contrast[] {
  const [baseline, ...others] = entries;
  const [own, ...theirs] = figures;
  if (baseline === undefined || own === undefined) return [];
  const found = others.map((other, index) => contrast(baseline, other, clusterDifferences(own, theirs[index])));
  const adjusted = holm(found.map(({ test }) => test.p));
  // Holm's adjustment grows with every p.
  const least = holm(found.map(({ test }) => test.smallestP));
  return found.map(({ smallestDifference: shown, ...one }, index) => {
    const [adjustedP = 1, smallestAdjustedP = 1] = [adjusted[index], least[index]];
    return {
      ...one,
      adjustedP,
      smallestAdjustedP,
      smallestDifference: smallestAdjustedP > alpha ? undefined : shown,
      verdict: verdictOf(one, adjustedP),
    };
  });
}

type Unadjusted = Omit<Contrast, 'adjustedP' | 'smallestAdjustedP' | 'verdict'> & { readonly isSame: boolean };

function contrast(baseline: Entry, other: Entry, differences: readonly number[]): Unadjusted {
  const units = pairUnits(baseline, other);
  const found = clusterTerms(units);
  const interval = clusterInterval(found);
  return {
    difference: found.estimate,
    interval,
    test: signFlipTest(found.terms),
    dz: cohenDz(differences),
    clusters: {
      better: differences.filter((value) => value > rounding).length,
      worse: differences.filter((value) => value < -rounding).length,
      same: differences.filter((value) => Math.abs(value) <= rounding).length,
    },
    smallestDifference: interval && smallestDifference(interval, alpha, power),
    mcnemar: isSingle(baseline) && isSingle(other) ? mcnemarOf(units) : undefined,
    isSame: units.every(({ value }) => value === 0),
  };
}

/** Differences below this are none: rounding makes 1e-16 of a share. */
const rounding = 1e-12;

function verdictOf(
  { difference, isSame }: Pick<Unadjusted, 'difference' | 'isSame'>,
  adjustedP: number,
): Contrast['verdict'] {
  if (isSame) return 'same answers';
  if (adjustedP > alpha) return 'inconclusive';
  return difference > 0 ? 'better' : 'worse';
}

function pairUnits(baseline: Entry, other: Entry): ScoredUnit[] {
  return Array.from(baseline.units, ([unit, { cluster, label, tests, correct }]) => {
    const value = (other.units.get(unit)?.correct ?? NaN) - correct;
    return { cluster, label, tests, value };
  });
}

/** Of the clusters' own averages. */
function clusterDifferences(baseline: readonly ClusterRecall[], other: readonly ClusterRecall[] | undefined): number[] {
  return baseline.map(({ uar }, index) => (other?.[index]?.uar ?? NaN) - uar);
}

const isSingle = ({ replicates, units }: Entry): boolean =>
  replicates.length === 1 && [...units.values()].every(({ tests }) => tests === 1);

function mcnemarOf(units: readonly ScoredUnit[]): McNemarTest {
  const count = (wanted: number) => units.filter(({ value }) => value === wanted).length;
  return mcnemarTest(count(-1), count(1));
}
