// How often the 95 % intervals over speakers hold the truth, simulated with Emo-DB's counts; beside a percentile bootstrap.
import { simulateCoverage } from './support/coverage.ts';
import { mode } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const trials = { quick: 1000, normal: 10_000, full: 40_000 }[mode()];
const bootstrapTrials = trials / 5;
const draws = 999;

for (const speakers of [4, 10, 12, 24]) {
  const ours = simulateCoverage(speakers, { trials, seed: 1 });
  const { bootstrap } = simulateCoverage(speakers, { trials: bootstrapTrials, seed: 2, draws });
  for (const what of ['uar', 'difference'] as const) {
    const title = what === 'uar' ? 'UAR' : 'difference of two UARs';
    const error = Math.sqrt((ours[what] * (1 - ours[what])) / trials);
    reportRow({
      what: `coverage of 95 % intervals, ${title}, ${speakers} speakers`,
      unit: '%',
      ours: [100 * ours[what]],
      ...(bootstrap && { theirs: { name: 'percentile bootstrap', values: [100 * bootstrap[what]] } }),
      note: `${trials} trials, standard error ${(100 * error).toFixed(1)}; to be 93 to 97 from 10 speakers`,
    });
  }
}
