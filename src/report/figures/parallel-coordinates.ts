import { type Json, type Parameter, shortNames } from '../../sweep/search/space.ts';
import type { SweepRecord } from '../../sweep/sweep-record.ts';
import { type Search, jsonText, placeOf } from '../sweep-trials.ts';
import type { Figure, Layer } from './draw.ts';
import { colour } from './theme.ts';

const axisGap = 120;

/** An axis for each parameter and one for the objective; a line for each whole trial, the better third of them strong. */
export function coordinatesFigure(
  name: string,
  { whole, chosen }: Search,
  { space, objective }: SweepRecord,
): Figure | undefined {
  if (whole.length === 0 || space.length === 0) return undefined;
  const objectives = whole.map((trial) => trial.objective);
  const result: Parameter = {
    kind: 'range',
    path: objective.text,
    low: Math.min(...objectives),
    high: Math.max(...objectives),
  };
  const axes = [...space, result];
  // Axes of one name would be one.
  const names = shortNames(axes.map(({ path }) => path));
  const good = betterThird(objectives, objective.direction);
  const lines = whole.map((trial): Line => {
    const places = axes.map((axis) =>
      crossing(axis, axis === result ? trial.objective : trial.configuration[axis.path]),
    );
    const kind = chosen.has(trial.trial) ? 'chosen' : good(trial.objective) ? 'better third' : 'others';
    return { trial: trial.trial, kind, places };
  });
  return {
    name,
    title: 'Parallel coordinates',
    alt: altText(whole, axes, names, lines),
    spec: {
      width: Math.max(280, axisGap * (axes.length - 1)),
      height: 260,
      padding: { left: 40, right: 60, top: 8, bottom: 8 },
      encoding: { x: xAxis(names) },
      layer: [...lineLayers(lines, names), ...labelLayers(axes, names)],
    },
  };
}

interface Line {
  readonly trial: number;
  readonly kind: 'chosen' | 'better third' | 'others';
  /** 0 to 1 on each axis; undefined where the trial does not have the parameter. */
  readonly places: readonly (number | undefined)[];
}

const xAxis = (names: readonly string[]) =>
  ({
    field: 'axis',
    type: 'nominal',
    sort: [...names],
    title: null,
    scale: { type: 'point', padding: 0 },
    axis: {
      orient: 'top',
      labelAngle: 0,
      grid: true,
      gridColor: colour('muted'),
      domain: false,
      ticks: false,
      labelPadding: 18,
      labelFontWeight: 600,
      labelLimit: 1.5 * axisGap,
    },
  }) as const;

/** Where a line crosses the axis of a parameter that its trial does not have: below, at `none`. */
const absent = -0.12;

const range = [absent, 1];
const y = { field: 'place', type: 'quantitative', title: null, axis: null, scale: { domain: range } } as const;

function lineLayers(lines: readonly Line[], names: readonly string[]): Layer[] {
  const styles = {
    others: { color: colour('muted'), opacity: 0.35, strokeWidth: 1, strokeDash: [1, 0] },
    'better third': { color: colour('first'), opacity: 0.8, strokeWidth: 1.5, strokeDash: [1, 0] },
    chosen: { color: colour('second'), opacity: 1, strokeWidth: 3, strokeDash: [7, 3] },
  };
  return (['others', 'better third', 'chosen'] as const).map((kind) => ({
    data: {
      values: lines
        .filter((line) => line.kind === kind)
        .flatMap(({ trial, places }) => names.map((axis, index) => ({ trial, axis, place: places[index] ?? absent }))),
    },
    mark: { type: 'line', ...styles[kind] },
    encoding: { y, detail: { field: 'trial' } },
  }));
}

/** The ends of each axis, or its choices. */
function labelLayers(axes: readonly Parameter[], names: readonly string[]): Layer[] {
  const values = axes.flatMap((axis, index) =>
    ticksOf(axis).map(({ place, text }) => ({ axis: names[index], place, text })),
  );
  return [
    {
      data: { values },
      mark: { type: 'text', align: 'left', dx: 5, fontSize: 12, stroke: colour('paper'), strokeWidth: 4 } as const,
      encoding: { y, text: { field: 'text' } },
    },
    {
      data: { values },
      mark: { type: 'text', align: 'left', dx: 5, fontSize: 12 } as const,
      encoding: { y, text: { field: 'text' } },
    },
  ];
}

function ticksOf(axis: Parameter): { place: number; text: string }[] {
  const none = axis.when === undefined ? [] : [{ place: absent, text: 'none' }];
  if (axis.kind === 'range') {
    return [...none, { place: 0, text: short(axis.low) }, { place: 1, text: short(axis.high) }];
  }
  const choices = axis.values.map((value) => ({
    place: placeOf(axis, value, 0.5),
    text: jsonText(value).slice(0, 16),
  }));
  return [...none, ...choices];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Undefined where the trial does not have the parameter. */
const crossing = (axis: Parameter, value: Json | undefined): number | undefined =>
  value === undefined ? undefined : placeOf(axis, value, 0.5);

function betterThird(
  objectives: readonly number[],
  direction: 'maximise' | 'minimise',
): (objective: number) => boolean {
  const sorted = objectives.toSorted((a, b) => (direction === 'maximise' ? b - a : a - b));
  const limit = sorted[Math.max(0, Math.ceil(sorted.length / 3) - 1)] ?? 0;
  return (objective) => (direction === 'maximise' ? objective >= limit : objective <= limit);
}

function altText(
  whole: Search['whole'],
  axes: readonly Parameter[],
  names: readonly string[],
  lines: readonly Line[],
): string {
  const chosen = lines.filter(({ kind }) => kind === 'chosen').map(({ trial }) => trial);
  const said = chosen.length === 0 ? 'none was chosen' : `chosen: trial ${chosen.join(', ')}`;
  return `Parallel coordinates of ${whole.length} trials over ${axes.length - 1} parameters (${names.slice(0, -1).join(', ')}) and the objective; ${said}. The trials' table has the numbers.`;
}
