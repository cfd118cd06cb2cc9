import { shortNames } from '../../sweep/search/space.ts';
import type { Search } from '../sweep-trials.ts';
import type { Figure } from './draw.ts';
import { colour } from './theme.ts';

/** A bar for each parameter; undefined where the trials can tell of none. */
export function importanceFigure(name: string, { importance, whole }: Search): Figure | undefined {
  const names = shortNames(importance.map(({ path }) => path));
  const values = importance.flatMap(({ share }, index) =>
    share === undefined
      ? []
      : [{ parameter: names[index] ?? '', share: 100 * share, text: `${(100 * share).toFixed(0)} %` }],
  );
  if (values.length === 0) return undefined;
  const domain = [0, 100];
  const x = {
    field: 'share',
    type: 'quantitative',
    title: "Share of the objective's variance, %",
    scale: { domain },
  } as const;
  const y = {
    field: 'parameter',
    type: 'nominal',
    sort: values.map(({ parameter }) => parameter),
    title: null,
  } as const;
  return {
    name,
    title: 'Parameter importance',
    alt: `Share of the objective's variance by parameter, over ${whole.length} trials: ${values.map(({ parameter, text }) => `${parameter} ${text}`).join(', ')}.`,
    spec: {
      data: { values },
      width: 440,
      height: { step: 28 },
      layer: [
        { mark: { type: 'bar', color: colour('first'), height: 16 }, encoding: { x, y } },
        { mark: { type: 'text', align: 'left', dx: 5 }, encoding: { x, y, text: { field: 'text' } } },
      ],
    },
  };
}
