import type { ScoredUnit } from './cluster-terms.ts';

/** How well the units of one cluster were recognised. */
export interface ClusterRecall {
  readonly cluster: string;
  readonly units: number;
  /** Unweighted average recall over the classes that the cluster has. */
  readonly uar: number;
}

/** Unweighted average recall within each cluster, in the order of their names; each unit counts as often as it was tested. */
export function recallByCluster(units: Iterable<ScoredUnit>): readonly ClusterRecall[] {
  const clusters = new Map<string, { units: number; readonly classes: Map<string, ClassTally> }>();
  for (const { cluster, label, tests, value } of units) {
    const own = clusters.get(cluster) ?? { units: 0, classes: new Map<string, ClassTally>() };
    const known = own.classes.get(label) ?? { tests: 0, sum: 0 };
    clusters.set(cluster, own);
    own.classes.set(label, known);
    own.units += 1;
    known.tests += tests;
    known.sum += tests * value;
  }
  return Array.from(clusters, ([cluster, { units: count, classes }]) => {
    let sum = 0;
    for (const tally of classes.values()) sum += tally.sum / tally.tests;
    return { cluster, units: count, uar: sum / classes.size };
  }).sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

interface ClassTally {
  tests: number;
  sum: number;
}
