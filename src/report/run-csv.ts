import type { Predictions } from '../experiment/index.ts';
import type { Results } from './clusters.ts';
import { type CsvValue, csv } from './tables/csv.ts';

/** A line for each unit in each replicate. */
export function predictionsCsv(replicates: readonly Predictions[], word: string): string {
  const classes = replicates[0]?.classes ?? [];
  const axes = [...new Set(replicates.flatMap(({ point }) => Object.keys(point)))];
  const columns = [
    ...axes,
    'fold',
    'unit',
    word,
    'label',
    'predicted',
    'correct',
    ...classes.map((name) => `posterior ${name}`),
  ];
  return csv(
    columns,
    replicates.flatMap(({ point, predictions }) =>
      predictions.map(({ fold, unit, cluster, label, predicted, posteriors }): CsvValue[] => [
        ...axes.map((axis) => point[axis]),
        fold,
        unit,
        cluster,
        label,
        predicted,
        label === predicted ? 1 : 0,
        ...posteriors,
      ]),
    ),
  );
}

/** A line for each cluster: shares from 0 to 1. */
export function clustersCsv({ clusters, classes }: Results, replicates: readonly Predictions[], word: string): string {
  const names = replicates.map(({ point }, index) => {
    const text = Object.entries(point).map(([axis, value]) => `${axis}=${value}`);
    return `UAR ${text.length === 0 ? index + 1 : text.join(' ')}`;
  });
  return csv(
    [word, 'units', 'UAR', ...names, ...classes.map((name) => `recall ${name}`)],
    clusters.map(({ cluster, units, mean, recall, recalls }): CsvValue[] => [
      cluster,
      units,
      mean,
      ...recall,
      ...recalls,
    ]),
  );
}
