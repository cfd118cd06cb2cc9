import { type ClusterInterval, type ScoredUnit, clusterInterval, clusterTerms } from '../../statistics/index.ts';
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
  return {
    uar: found.estimate,
    sd: deviation(replicates),
    replicates,
    interval: clusterInterval(found),
    clusters: clusterFigures(scored),
  };
}

interface ClassTally {
  tests: number;
  correct: number;
}

function clusterFigures(scored: readonly ScoredUnit[]): ClusterFigures {
  const clusters = new Map<string, { units: number; readonly classes: Map<string, ClassTally> }>();
  for (const { cluster, label, tests, value } of scored) {
    const own = clusters.get(cluster) ?? { units: 0, classes: new Map<string, ClassTally>() };
    const known = own.classes.get(label) ?? { tests: 0, correct: 0 };
    clusters.set(cluster, own);
    own.classes.set(label, known);
    own.units += 1;
    known.tests += tests;
    known.correct += tests * value;
  }
  return Array.from(clusters, ([cluster, { units, classes }]) => {
    let sum = 0;
    for (const { tests, correct } of classes.values()) sum += correct / tests;
    return { cluster, units, uar: sum / classes.size };
  }).sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

function deviation(values: readonly number[]): number | undefined {
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1));
}
