import type { SweepRecord } from '../../sweep/sweep-record.ts';
import { type Search, bestSoFar } from '../sweep-trials.ts';
import type { Figure } from './draw.ts';
import { colour } from './theme.ts';

const statuses = ['done', 'chosen', 'paused'] as const;

/** The objective of each trial in the order they were made, and the best so far. */
export function trialsFigure(name: string, { trials, whole, chosen }: Search, { objective }: SweepRecord): Figure {
  const values = trials.flatMap(({ trial, status, objective: value }) => {
    if (value === null || status === 'failed') return [];
    return [{ trial, value, status: chosen.has(trial) ? 'chosen' : status }];
  });
  const best = bestSoFar(whole, objective.direction);
  const x = { field: 'trial', type: 'quantitative', title: 'Trial', axis: { tickMinStep: 1, grid: false } } as const;
  const y = { field: 'value', type: 'quantitative', title: objective.text, scale: { zero: false } } as const;
  const shown = statuses.filter((status) => values.some((one) => one.status === status));
  const shapes = { done: 'circle', chosen: 'diamond', paused: 'triangle-down' };
  const inks = { done: colour('first'), chosen: colour('second'), paused: colour('muted') };
  return {
    name,
    title: 'Objective over the trials',
    alt:
      `The objective ${objective.text} of ${values.length} trials; the best of those that were trained to the end is ` +
      `${best.at(-1)?.toFixed(4) ?? 'none'}, first reached after ${best.findIndex((value) => value === best.at(-1)) + 1} of them.`,
    spec: {
      width: 520,
      height: 240,
      layer: [
        {
          data: { values: whole.map(({ trial }, index) => ({ trial, value: best[index] })) },
          mark: {
            type: 'line',
            interpolate: 'step-after',
            color: colour('muted'),
            strokeWidth: 1.5,
            strokeDash: [5, 3],
          },
          encoding: { x, y },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, size: 70, opacity: 1 },
          encoding: {
            x,
            y,
            color: {
              field: 'status',
              type: 'nominal',
              title: null,
              scale: { domain: [...shown], range: shown.map((status) => inks[status]) },
              legend: { orient: 'top' },
            },
            shape: {
              field: 'status',
              type: 'nominal',
              title: null,
              scale: { domain: [...shown], range: shown.map((status) => shapes[status]) },
            },
          },
        },
      ],
    },
  };
}
