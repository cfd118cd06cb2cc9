// Successive halving on recorded learning curves, beside training all configurations in full. Needs no time and no other program.
import { defaultMinimum } from '../src/sweep/search/index.ts';
import { reportRow } from './support/row.ts';
import { readCurves, replayInRandomOrder, type Kept } from './support/search/replay.ts';

const curves = readCurves();
const maximum = curves[0]?.uar[0]?.length ?? 0;
/** The default first. */
const settings = [
  { factor: 3, minimum: defaultMinimum(maximum) },
  { factor: 3, minimum: 1 },
  { factor: 3, minimum: 3 },
  { factor: 3, minimum: 4 },
  { factor: 2, minimum: 3 },
  { factor: 2, minimum: 4 },
  { factor: 4, minimum: 4 },
];

for (const { factor, minimum } of settings) {
  for (const configurations of [curves.length, 27]) {
    for (const kept of ['newest', 'best'] satisfies Kept[]) {
      const replays = replayInRandomOrder(curves, { configurations, minimum, maximum, factor, replays: 200 }, kept);
      const near = replays.filter(({ points }) => points <= 1).length / replays.length;
      reportRow({
        what: `halving, ${configurations} configurations, factor ${factor}, ${minimum} to ${maximum} epochs, ${kept} weights`,
        unit: 'points',
        ours: replays.map(({ points }) => points),
        aim: 1,
        note: `${percent(replays[0]?.share ?? NaN)} of the epochs, ${percent(near)} within 1 point of the best`,
      });
    }
  }
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
