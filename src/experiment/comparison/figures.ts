import {
  type ClusterInterval,
  type ScoredUnit,
  clusterInterval,
  clusterTerms,
  unweightedAverageRecall,
} from '../../statistics/index.ts';
import { recognised } from '../predictions.ts';
import type { Entry } from './entries.ts';

/** Unweighted average recall within each cluster, over the classes that it has, in the order of their names. */
export type ClusterFigures = readonly { readonly cluster: string; readonly units: number; readonly uar: number }[];

/** What one entry reached. Shares are 0 to 1. */
export interface Figures {
  /** Unweighted average recall, pooled over the folds: its mean over the replicates. */
  readonly uar: number;
  /** Sample standard deviation over the replicates; undefined for one. */
  readonly sd: number | undefined;
  readonly replicates: readonly number[];
  /** 95 %, by cluster; undefined for a single cluster. */
  readonly interval: ClusterInterval | undefined;
  readonly clusters: ClusterFigures;
}

export function figuresOf({ units, replicates }: Entry): Figures {
  const scored = Array.from(units.values(), ({ correct, ...unit }): ScoredUnit => ({ ...unit, value: correct }));
  const found = clusterTerms(scored);
  const uars = replicates.map(({ predictions }) => unweightedAverageRecall(predictions.map(recognised)) ?? NaN);
  return {
    uar: found.estimate,
    sd: deviation(uars),
    replicates: uars,
    interval: clusterInterval(found),
    clusters: found.clusters.map((cluster) => {
      const own = scored.filter((unit) => unit.cluster === cluster);
      return { cluster, units: own.length, uar: clusterTerms(own).estimate };
    }),
  };
}

function deviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1));
}
