import {
  type ClusterInterval,
  type ClusterRecall,
  type ScoredUnit,
  clusterInterval,
  clusterTerms,
  recallByCluster,
} from '../../statistics/index.ts';
import type { Entry } from './entries.ts';

/** What one entry reached. Shares are 0 to 1. */
export interface Figures {
  /** Unweighted average recall, pooled over the folds: its mean over the replicates. */
  readonly uar: number;
  /** Sample standard deviation over the replicates; undefined for one. */
  readonly sd: number | undefined;
  readonly replicates: readonly number[];
  /** 95 %, by cluster; undefined for a single cluster. */
  readonly interval: ClusterInterval | undefined;
  /** In the order of their names. */
  readonly clusters: readonly ClusterRecall[];
}

export function figuresOf({ units, replicates }: Entry): Figures {
  const scored = Array.from(units.values(), ({ correct, ...unit }): ScoredUnit => ({ ...unit, value: correct }));
  const found = clusterTerms(scored);
  return {
    uar: found.estimate,
    sd: deviation(replicates),
    replicates,
    interval: clusterInterval(found),
    clusters: recallByCluster(scored),
  };
}

function deviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1));
}
