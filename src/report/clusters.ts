import type { Predictions } from '../experiment/index.ts';
import {
  type ClusterInterval,
  type ScoredUnit,
  clusterInterval,
  clusterTerms,
  recallByCluster,
  unweightedAverageRecall,
} from '../statistics/index.ts';

/** A share, 0 to 1, over the replicates, with its 95 % interval where there are two clusters or more. */
export interface Estimate {
  readonly mean: number;
  /** Sample SD over the replicates; undefined for one. */
  readonly deviation: number | undefined;
  readonly values: readonly number[];
  readonly interval: ClusterInterval | undefined;
  /** Clusters that the interval is over. */
  readonly clusters: number;
}

/** How well one cluster (a speaker, say) was recognised. */
export interface ClusterResult {
  readonly cluster: string;
  readonly units: number;
  /**
   * Unweighted average recall in each replicate, over the classes that the cluster has; undefined in one that did not
   * test it.
   */
  readonly recall: readonly (number | undefined)[];
  /** Of the replicates that tested it. */
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  /** Of each class, mean over the replicates; undefined for a class that the cluster lacks. */
  readonly recalls: readonly (number | undefined)[];
}

export interface Results {
  readonly classes: readonly string[];
  readonly units: number;
  /** Unweighted average recall. */
  readonly uar: Estimate;
  /** Weighted average recall: the share of units. */
  readonly war: Estimate;
  /** Of each class; undefined for a class without units. */
  readonly recalls: readonly (Estimate | undefined)[];
  readonly clusters: readonly ClusterResult[];
}

/** @param replicates at least one, with a prediction at least */
export function resultsOf(replicates: readonly Predictions[]): Results {
  const classes = replicates[0]?.classes ?? [];
  const all = replicates.map(({ predictions }) => predictions.map(testOf));
  const ofClass = (name: string) => all.map((tests) => tests.filter(({ label }) => label === name));
  return {
    classes,
    units: new Set(all.flat().map(({ unit }) => unit)).size,
    uar: estimate(all),
    war: estimate(all.map((tests) => tests.map((test) => ({ ...test, label: '' })))),
    recalls: classes.map((name) => (ofClass(name).flat().length > 0 ? estimate(ofClass(name)) : undefined)),
    clusters: clusterResults(classes, all),
  };
}

function clusterResults(
  classes: readonly string[],
  replicates: readonly (readonly Test[])[],
): readonly ClusterResult[] {
  const byReplicate = replicates.map((tests) => new Map(recallByCluster(tests).map((one) => [one.cluster, one.uar])));
  return recallByCluster(scoredUnits(replicates)).map(({ cluster, units }) => {
    const own = replicates.flatMap((tests) => tests.filter((test) => test.cluster === cluster));
    const recall = byReplicate.map((recalls) => recalls.get(cluster));
    const tested = recall.filter((value) => value !== undefined);
    return {
      cluster,
      units,
      recall,
      mean: tested.reduce((sum, value) => sum + value, 0) / tested.length,
      lowest: Math.min(...tested),
      highest: Math.max(...tested),
      recalls: classes.map((name) => unweightedAverageRecall(own.filter(({ label }) => label === name))),
    };
  });
}

/** One test of a unit. */
interface Test extends ScoredUnit {
  readonly unit: string;
  readonly correct: number;
}

const testOf = ({ unit, cluster, label, predicted }: Predictions['predictions'][number]): Test => ({
  unit,
  cluster,
  label,
  tests: 1,
  value: label === predicted ? 1 : 0,
  correct: label === predicted ? 1 : 0,
});

function estimate(replicates: readonly (readonly Test[])[]): Estimate {
  const values = replicates.flatMap((tests) => unweightedAverageRecall(tests) ?? []);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const terms = clusterTerms(scoredUnits(replicates));
  return {
    mean,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : undefined,
    values,
    interval: clusterInterval(terms),
    clusters: terms.clusters.length,
  };
}

function scoredUnits(replicates: readonly (readonly Test[])[]): readonly ScoredUnit[] {
  const units = new Map<string, { cluster: string; label: string; tests: number; correct: number }>();
  for (const { unit, cluster, label, correct } of replicates.flat()) {
    const known = units.get(unit);
    if (known === undefined) units.set(unit, { cluster, label, tests: 1, correct });
    else {
      known.tests += 1;
      known.correct += correct;
    }
  }
  return Array.from(units.values(), ({ cluster, label, tests, correct }) => ({
    cluster,
    label,
    tests: tests / replicates.length,
    value: correct / tests,
  }));
}
