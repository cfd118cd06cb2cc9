/** One unit of the test data: how well it was recognised, or the difference of two systems. */
export interface ScoredUnit {
  /** Units of one cluster, such as a speaker, are not independent. */
  readonly cluster: string;
  readonly label: string;
  /** How often it was tested in each replicate: 1, but for overlapping test sets. */
  readonly tests: number;
  /** Mean over its tests and the replicates: 0 to 1, or -1 to 1 for a difference. */
  readonly value: number;
}

/** An average over classes of clustered data, taken apart by cluster. */
export interface ClusterTerms {
  /** In the order of their names. */
  readonly clusters: readonly string[];
  /** (1/K) sum_k (1/n_k) sum_(i in k) value_i: the unweighted average recall, or a difference of two. */
  readonly estimate: number;
  /**
   * What each cluster gives to the estimate; they add up to it. Where values are differences of two systems, exchanging
   * the systems within a cluster turns exactly the sign of its term.
   */
  readonly terms: readonly number[];
  /**
   * How far the estimate would move without each cluster, as (1/K) sum_k (s_kg - r_k n_kg) / (n_k - n_kg): the sum s and number n
   * of its values in class k, and the class's mean r. This is the exact jackknife; where a cluster has all of a class, the
   * divisor is n_k instead.
   */
  readonly influences: readonly number[];
}

/** @param units at least one */
export function clusterTerms(units: readonly ScoredUnit[]): ClusterTerms {
  const clusters = distinct(units.map(({ cluster }) => cluster));
  const classes = distinct(units.map(({ label }) => label));
  const columns = new Map(clusters.map((name, index) => [name, index]));
  const rows = new Map(classes.map((name, index) => [name, index]));
  const counts = classes.map(() => new Float64Array(clusters.length));
  const sums = classes.map(() => new Float64Array(clusters.length));
  for (const { cluster, label, tests, value } of units) {
    const [row, column] = [rows.get(label) ?? 0, columns.get(cluster) ?? 0];
    add(counts[row], column, tests);
    add(sums[row], column, tests * value);
  }
  return { clusters, ...linearise(counts, sums, clusters.length) };
}

/** The same from counts and sums by class and cluster. */
export function linearise(
  counts: readonly Float64Array[],
  sums: readonly Float64Array[],
  clusterCount: number,
): Omit<ClusterTerms, 'clusters'> {
  const terms = new Float64Array(clusterCount);
  const influences = new Float64Array(clusterCount);
  let estimate = 0;
  for (const [row, own] of counts.entries()) {
    const total = sumOf(own) * counts.length;
    const mean = sumOf(sums[row] ?? []) / sumOf(own);
    estimate += mean / counts.length;
    for (let cluster = 0; cluster < clusterCount; cluster++) {
      const [count, sum] = [own[cluster] ?? 0, sums[row]?.[cluster] ?? 0];
      const others = total - count * counts.length;
      add(terms, cluster, sum / total);
      add(influences, cluster, (sum - mean * count) / (others > 0 ? others : total));
    }
  }
  return { estimate, terms: Array.from(terms), influences: Array.from(influences) };
}

function add(values: Float64Array | undefined, index: number, value: number): void {
  if (values !== undefined) values[index] = (values[index] ?? 0) + value;
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

const distinct = (values: readonly string[]): string[] => [...new Set(values)].sort();
