import type { Epoch, History } from '../histories.ts';
import type { Figure, Panel } from './draw.ts';
import { colour } from './theme.ts';

const width = 520;

/** A thin line for each training and a thick one for their median; the loss, and where there is one the development part. */
export function curvesFigure(histories: readonly History[]): Figure {
  const isWatched = histories.some(({ epochs }) => epochs.some(({ development }) => development !== undefined));
  const panels = [
    panel(histories, 'Training loss', ({ loss }) => loss),
    ...(isWatched
      ? [panel(histories, 'Development UAR, %', ({ development }) => development && 100 * development)]
      : []),
  ];
  return {
    name: 'learning-curves',
    title: 'Learning curves',
    alt: altText(histories, isWatched),
    spec: { vconcat: panels, spacing: 16 },
  };
}

function panel(histories: readonly History[], title: string, valueOf: (epoch: Epoch) => number | undefined): Panel {
  const values = histories.flatMap(({ epochs, stage, point }) =>
    epochs.flatMap((one) => {
      const value = valueOf(one);
      return value === undefined ? [] : [{ training: nameOf({ stage, point }), epoch: one.epoch, value }];
    }),
  );
  const scale = { zero: false, nice: false };
  const x = {
    field: 'epoch',
    type: 'quantitative',
    title: 'Epoch',
    scale,
    axis: { tickMinStep: 1, grid: false },
  } as const;
  const y = { field: 'value', type: 'quantitative', title, scale: { zero: false } } as const;
  return {
    width,
    height: 180,
    layer: [
      {
        data: { values },
        mark: { type: 'line', color: colour('first'), opacity: 0.35, strokeWidth: 1 },
        encoding: { x, y, detail: { field: 'training' } },
      },
      {
        data: { values: medians(values) },
        mark: { type: 'line', color: colour('second'), strokeWidth: 2.5 },
        encoding: { x, y },
      },
    ],
  };
}

/** The median over the trainings that were still going on. */
function medians(values: readonly { epoch: number; value: number }[]): { epoch: number; value: number }[] {
  const byEpoch = new Map<number, number[]>();
  for (const { epoch, value } of values) byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), value]);
  return [...byEpoch].sort(([a], [b]) => a - b).map(([epoch, all]) => ({ epoch, value: median(all) }));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [
    sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0,
  ];
  return (low + high) / 2;
}

export const nameOf = ({ stage, point }: Pick<History, 'stage' | 'point'>): string =>
  [stage, ...Object.entries(point).map(([axis, value]) => `${axis}=${value}`)].join(' ');

function altText(histories: readonly History[], isWatched: boolean): string {
  const firsts = histories.flatMap(({ epochs }) => epochs[0]?.loss ?? []);
  const lasts = histories.flatMap(({ epochs }) => epochs.at(-1)?.loss ?? []);
  const ends = histories.flatMap(({ epochs }) => epochs.at(-1)?.development ?? []);
  const development = isWatched
    ? `; the UAR of the development part ends at a median of ${(100 * median(ends)).toFixed(1)} %`
    : '';
  return (
    `Learning curves of ${histories.length} training${histories.length === 1 ? '' : 's'}: the median training loss goes from ${median(firsts).toFixed(3)} ` +
    `to ${median(lasts).toFixed(3)}${development}.`
  );
}
