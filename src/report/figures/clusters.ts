import type { Results } from '../clusters.ts';
import type { Figure } from './draw.ts';
import { colour } from './theme.ts';

/** A row for each cluster: its recall in every replicate, and their mean; behind them the interval of the whole. */
export function clustersFigure({ clusters, uar }: Results, word: string): Figure {
  const names = clusters.map(({ cluster }) => cluster);
  const points = clusters.flatMap(({ cluster, recall }) =>
    recall.flatMap((value) => (value === undefined ? [] : [{ cluster, value: 100 * value }])),
  );
  const means = clusters.map(({ cluster, mean, lowest, highest }) => ({
    cluster,
    mean: 100 * mean,
    low: 100 * lowest,
    high: 100 * highest,
  }));
  const lowest = Math.min(...points.map(({ value }) => value), 100 * (uar.interval?.low ?? 1));
  const domain = [Math.max(0, Math.floor(lowest / 10) * 10), 100];
  const x = { type: 'quantitative', title: 'Unweighted average recall, %', scale: { domain, nice: false } } as const;
  const y = { field: 'cluster', type: 'ordinal', sort: names, title: word } as const;
  const band = uar.interval && {
    low: Math.max(domain[0] ?? 0, 100 * uar.interval.low),
    high: Math.min(100, 100 * uar.interval.high),
  };
  return {
    name: 'clusters',
    title: `Recall by ${word}`,
    alt: altText(means, uar, word),
    spec: {
      width: 480,
      height: { step: 26 },
      layer: [
        ...(band
          ? [
              {
                data: { values: [band] },
                mark: { type: 'rect', color: colour('band') } as const,
                encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' } },
              },
            ]
          : []),
        {
          data: { values: [{ mean: 100 * uar.mean }] },
          mark: { type: 'rule', color: colour('muted'), strokeDash: [4, 3] },
          encoding: { x: { ...x, field: 'mean' } },
        },
        {
          data: { values: means },
          mark: { type: 'rule', color: colour('first'), strokeWidth: 2 },
          encoding: { x: { ...x, field: 'low' }, x2: { field: 'high' }, y },
        },
        {
          data: { values: points },
          mark: { type: 'point', color: colour('first'), size: 40, opacity: 1, strokeWidth: 1.2 },
          encoding: { x: { ...x, field: 'value' }, y },
        },
        {
          data: { values: means },
          mark: { type: 'point', shape: 'diamond', filled: true, color: colour('second'), size: 90, opacity: 1 },
          encoding: { x: { ...x, field: 'mean' }, y },
        },
      ],
    },
  };
}

function altText(means: readonly { cluster: string; mean: number }[], uar: Results['uar'], word: string): string {
  const sorted = means.toSorted((a, b) => a.mean - b.mean);
  const [worst, best] = [sorted[0], sorted.at(-1)];
  const { interval } = uar;
  const range = interval
    ? ` (95 % interval ${(100 * Math.max(0, interval.low)).toFixed(1)} to ${(100 * Math.min(1, interval.high)).toFixed(1)})`
    : '';
  return (
    `Unweighted average recall of each ${word}: from ${worst?.mean.toFixed(1)} % (${worst?.cluster}) to ` +
    `${best?.mean.toFixed(1)} % (${best?.cluster}); of all together ${(100 * uar.mean).toFixed(1)} %${range}.`
  );
}
