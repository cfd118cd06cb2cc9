import type { Confusion } from '../confusion.ts';
import type { Figure } from './draw.ts';
import { colour, shares } from './theme.ts';

const cell = 84;

/** A cell for each pair of classes: the share of the row as colour and number, with the count. */
export function confusionFigure({ classes, counts, percent }: Confusion, replicates: number): Figure {
  const values = classes.flatMap((actual, row) =>
    classes.map((predicted, column) => {
      const share = percent[row]?.[column] ?? null;
      const count = counts[row]?.[column] ?? 0;
      return { actual, predicted, share, text: share === null ? '–' : `${share.toFixed(1)} %`, count: `(${count})` };
    }),
  );
  const text = (field: string, dy: number, size: number) => ({
    mark: { type: 'text', dy, fontSize: size } as const,
    encoding: {
      text: { field },
      color: { condition: { test: 'datum.share >= 50', value: colour('onMuch') }, value: colour('ink') },
    },
  });
  return {
    name: 'confusion',
    title: 'Confusion',
    alt: altText(classes, percent, replicates),
    spec: {
      data: { values },
      width: cell * classes.length,
      height: Math.round(0.62 * cell) * classes.length,
      encoding: {
        x: {
          field: 'predicted',
          type: 'ordinal',
          sort: [...classes],
          title: 'Predicted',
          axis: { orient: 'top', labelAngle: 0, domain: false, ticks: false, labelLimit: 1.4 * cell },
        },
        y: {
          field: 'actual',
          type: 'ordinal',
          sort: [...classes],
          title: 'Actual',
          axis: { domain: false, ticks: false },
        },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: colour('paper'), strokeWidth: 2 },
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative',
              legend: null,
              scale: { type: 'threshold', domain: [5, 20, 50, 70, 85], range: [...shares] },
            },
          },
        },
        text('text', -7, 15),
        text('count', 11, 12),
      ],
    },
  };
}

function altText(classes: Confusion['classes'], percent: Confusion['percent'], replicates: number): string {
  const rows = classes.map((name, row) => {
    const cells = classes.flatMap((other, column) => {
      const share = percent[row]?.[column] ?? 0;
      return other !== name && share >= 5 ? [`${share.toFixed(0)} % as ${other}`] : [];
    });
    const right = percent[row]?.[row];
    const own = right === null || right === undefined ? 'no units' : `${right.toFixed(0)} % recognised`;
    return `${name}: ${[own, ...cells].join(', ')}`;
  });
  const over = replicates === 1 ? 'one replicate' : `${replicates} replicates`;
  return `Confusion matrix over ${over}, rows actual, columns predicted. ${rows.join('; ')}.`;
}
