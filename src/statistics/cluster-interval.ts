import { studentQuantile } from './student-t.ts';

export interface ClusterInterval {
  readonly low: number;
  readonly high: number;
  readonly standardError: number;
  /** Clusters less one. */
  readonly degrees: number;
}

/**
 * Confidence interval of an average over classes of clustered data: estimate -+ t(G - 1) SE, with the jackknife's standard
 * error over the G clusters, SE^2 = (G - 1)/G sum_g (u_g - mean u)^2 for the influences u of `clusterTerms` (Bell and McCaffrey,
 * Survey Methodology 28, 2002, call it CR3). Undefined for fewer than two clusters, and where
 * all are alike: their spread then says nothing.
 */
export function clusterInterval(
  { estimate, influences }: { readonly estimate: number; readonly influences: readonly number[] },
  level = 0.95,
): ClusterInterval | undefined {
  const count = influences.length;
  if (count < 2) return undefined;
  const mean = influences.reduce((sum, influence) => sum + influence, 0) / count;
  const squares = influences.reduce((sum, influence) => sum + (influence - mean) * (influence - mean), 0);
  const standardError = Math.sqrt(((count - 1) / count) * squares);
  if (standardError < 1e-12) return undefined;
  const half = studentQuantile((1 + level) / 2, count - 1) * standardError;
  return { low: estimate - half, high: estimate + half, standardError, degrees: count - 1 };
}
