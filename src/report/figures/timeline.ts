import type { CurvePart, PicturePart, PiecesPart, ViewPart } from '../../stage/index.ts';
import type { Figure, Layer, Panel } from './draw.ts';
import { paintPictures, rowRange } from './picture.ts';
import { colour, series } from './theme.ts';

const width = 560;

/** Light in the dark page as well: the picture's own colours do not change. */
const onPicture = '#fefefe';

/** A figure of one unit, with what must be known to read it. */
export type Timeline = Figure & { readonly caption: string };

/** The pictures of a unit on its time line, with the curves above; undefined where its stages show neither. */
export function timelineFigure(name: string, unit: string, parts: readonly ViewPart[]): Timeline | undefined {
  const pictures = parts.filter((part) => part.kind === 'picture');
  const [first] = pictures;
  if (first === undefined) return undefined;
  const pieces = parts.find((part) => part.kind === 'pieces');
  const curves = parts.filter((part) => part.kind === 'curve');
  const placed = pictures.map((picture) => place(picture, pieces));
  const end = timelineSpan(parts).seconds;
  const domain = [0, end];
  const x = { field: 'from', type: 'quantitative', title: null, scale: { domain, nice: false } } as const;
  const steps = curves.flatMap((curve) => stepsOf(curve, pictures, pieces));
  return {
    name,
    title:
      curves.length > 0
        ? `${curves[0]?.title ?? ''} over the ${first.title.toLowerCase()} of ${unit}`
        : `${first.title} of ${unit}`,
    alt: altText(unit, first, steps, end),
    caption: captionOf(first, curves, wordOf(pieces)),
    spec: {
      vconcat: [
        ...(steps.length > 0 ? [curvePanel(steps, curves, x)] : []),
        picturePanel(placed, first, paintPictures(pictures), x),
      ],
      spacing: 8,
      resolve: { scale: { x: 'shared' } },
    },
  };
}

/** How wide the time line is, in pixels of the figure and in seconds. */
export function timelineSpan(parts: readonly ViewPart[]): { readonly width: number; readonly seconds: number } {
  const pieces = parts.find((part) => part.kind === 'pieces');
  const pictures = parts.filter((part) => part.kind === 'picture');
  return { width, seconds: Math.max(...pictures.map((picture) => place(picture, pieces).to)) };
}

interface Placed {
  readonly piece: number;
  readonly from: number;
  readonly to: number;
  /** From here on there is padding. */
  readonly real: number;
}

/** Seconds of the unit that a picture covers. */
function place({ piece, values, startSeconds, stepSeconds }: PicturePart, pieces: PiecesPart | undefined): Placed {
  const start = pieces?.startSeconds[piece] ?? 0;
  const from = start + startSeconds;
  const to = from + values.length * stepSeconds;
  return { piece, from, to, real: Math.min(to, start + (pieces?.realSeconds[piece] ?? Infinity)) };
}

interface Step {
  readonly piece: string;
  readonly from: number;
  readonly weight: number;
}

/** The curve's corners: each value from where it begins, the last one again where it ends. */
function stepsOf(curve: CurvePart, pictures: readonly PicturePart[], pieces: PiecesPart | undefined): Step[] {
  const picture = pictures.find(({ piece }) => piece === curve.piece);
  if (picture === undefined) return [];
  const { from } = place(picture, pieces);
  return curve.edges.map((edge, index) => ({
    piece: `${wordOf(pieces)} ${curve.piece + 1}`,
    from: from + edge * picture.stepSeconds,
    weight: 100 * (curve.values[Math.min(index, curve.values.length - 1)] ?? 0),
  }));
}

type TimeAxis = {
  readonly field: string;
  readonly type: 'quantitative';
  readonly title: null;
  readonly scale: { readonly domain: number[]; readonly nice: false };
};

function curvePanel(steps: readonly Step[], curves: readonly CurvePart[], x: TimeAxis): Panel {
  const names = [...new Set(steps.map(({ piece }) => piece))];
  const even = 100 / Math.max(1, curves[0]?.values.length ?? 1);
  const styles = names.map((_, index) => series[index % series.length] ?? { colour: colour('ink'), dash: [1, 0] });
  return {
    width,
    height: 90,
    layer: [
      {
        data: { values: [{ even }] },
        mark: { type: 'rule', color: colour('muted'), strokeDash: [3, 3] },
        encoding: { y: { field: 'even', type: 'quantitative' } },
      },
      {
        data: { values: [...steps] },
        mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2, clip: true },
        encoding: {
          x: { ...x, axis: { labels: false, grid: false } },
          y: { field: 'weight', type: 'quantitative', title: `${curves[0]?.title ?? ''}, %`, axis: { tickCount: 3 } },
          color: {
            field: 'piece',
            type: 'nominal',
            sort: names,
            title: null,
            scale: { domain: names, range: styles.map((style) => style.colour) },
            legend: names.length > 1 ? { orient: 'top', direction: 'horizontal', symbolType: 'stroke' } : null,
          },
          strokeDash: {
            field: 'piece',
            type: 'nominal',
            sort: names,
            title: null,
            scale: { domain: names, range: styles.map((style) => [...style.dash]) },
            legend: names.length > 1 ? { orient: 'top', direction: 'horizontal', symbolType: 'stroke' } : null,
          },
        },
      },
    ],
  };
}

function picturePanel(placed: readonly Placed[], { rows }: PicturePart, urls: readonly string[], x: TimeAxis): Panel {
  const [low, high] = rowRange(rows);
  const height = 190;
  const end = x.scale.domain[1] ?? 1;
  const pixels = (seconds: number) => (seconds / end) * width;
  const axis = { ...x, title: 'Time, s', axis: { grid: false } } as const;
  return {
    width,
    height,
    layer: [
      ...placed.map(({ from, to }, index): Layer => ({
        data: { values: [{ url: urls[index] }] },
        mark: {
          type: 'image',
          aspect: false,
          width: pixels(to - from),
          height,
          align: 'left',
          baseline: 'top',
          x: pixels(from),
          y: 0,
        },
        encoding: { url: { field: 'url', type: 'nominal' } },
      })),
      {
        data: {
          values: placed.filter(({ real, to }) => real < to).map(({ real }) => ({ from: real, label: 'padding' })),
        },
        mark: { type: 'rule', color: onPicture, strokeDash: [4, 3], strokeWidth: 1.5 },
        encoding: { x: axis },
      },
      {
        data: {
          values: placed
            .filter(({ real, to }) => to - real > 0.15 * end)
            .map(({ real }) => ({ from: real, label: 'padding →' })),
        },
        mark: { type: 'text', color: onPicture, align: 'left', dx: 5, y: 12 },
        encoding: { x: axis, text: { field: 'label' } },
      },
      {
        // Without marks of its own, for the axes alone.
        data: {
          values: [
            { from: 0, row: low },
            { from: end, row: high },
          ],
        },
        mark: { type: 'point', opacity: 0 },
        encoding: {
          x: axis,
          y: {
            field: 'row',
            type: 'quantitative',
            title: `${rows.title}, ${rows.unit}`,
            scale: { type: rows.scale, domain: [low, high], nice: false, zero: false },
            axis: { grid: false, values: ticksWithin(rows.scale, low, high), format: '~s' },
          },
        },
      },
    ],
  };
}

/** 1, 2 and 5 times the powers of ten: what an ear would name. Even steps where the axis is even. */
function ticksWithin(scale: 'linear' | 'log', low: number, high: number): number[] {
  if (scale === 'linear') return Array.from({ length: 5 }, (_, index) => low + ((high - low) * index) / 4);
  const powers = Array.from({ length: 12 }, (_, index) => 10 ** (index - 4));
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((tick) => tick >= low && tick <= high);
}

function captionOf({ title, quantity }: PicturePart, curves: readonly CurvePart[], word: string): string {
  const picture = `${title}: ${quantity.toLowerCase()}, from dark (little) to light (much).`;
  const [curve] = curves;
  if (curve === undefined) return picture;
  return `Above: ${curve.title.toLowerCase()}, in % of each ${word}; dashed: where all steps would count alike. Below: ${picture}`;
}

const wordOf = (pieces: PiecesPart | undefined): string => pieces?.word ?? 'piece';

function altText(unit: string, { title, rows }: PicturePart, steps: readonly Step[], end: number): string {
  const [low, high] = rowRange(rows);
  const picture = `${title} of ${unit}, ${low.toFixed(0)} to ${high.toFixed(0)} ${rows.unit} over ${end.toFixed(2)} s`;
  const peak = steps.reduce<Step | undefined>(
    (best, step) => (best && best.weight >= step.weight ? best : step),
    undefined,
  );
  if (peak === undefined) return `${picture}.`;
  return `${picture}; the attention is greatest from ${peak.from.toFixed(2)} s on, with ${peak.weight.toFixed(0)} % in ${peak.piece}.`;
}
