export { type ClusterInterval, clusterInterval } from './cluster-interval.ts';
export { type ClusterTerms, type ScoredUnit, clusterTerms } from './cluster-terms.ts';
export { cohenDz, smallestDifference } from './effect-size.ts';
export { holm } from './holm.ts';
export { type ParameterImportance, type Setting, parameterImportance } from './importance.ts';
export { type McNemarTest, mcnemarTest } from './mcnemar.ts';
export { type ClusterRecall, recallByCluster } from './recall-by-cluster.ts';
export { unweightedAverageRecall } from './recall.ts';
export { type SignFlipTest, signFlipTest } from './sign-flip.ts';
