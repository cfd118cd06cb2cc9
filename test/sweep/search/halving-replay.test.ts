import { describe, expect, test } from 'vitest';
import { median } from '../../../bench/support/measure-process.ts';
import { readCurves, replayInRandomOrder, uarAfter, type Kept } from '../../../bench/support/search/replay.ts';

/** Trainings in full on the demo corpus, recorded by bench/support/search/record-curves.mjs. */
const curves = readCurves();
const maximum = 24;

describe('successive halving on recorded learning curves', () => {
  test('has at least 40 configurations, all of the same folds and epochs', () => {
    expect(curves.length).toBeGreaterThanOrEqual(40);
    for (const { uar } of curves) expect(uar.map((fold) => fold.length)).toEqual([24, 24, 24, 24, 24]);
  });

  test.each<[Kept, number]>([
    ['newest', curves.length],
    ['best', curves.length],
    ['newest', 27],
    ['best', 27],
  ])(
    'chooses within a UAR point of the best for at most 40 %% of the epochs: %s weights, %d in random order',
    (kept, configurations) => {
      const replays = replayInRandomOrder(curves, { configurations, maximum, factor: 3, replays: 200 }, kept);
      expect(median(replays.map(({ points }) => points))).toBeLessThanOrEqual(1);
      for (const { share } of replays) expect(share).toBeLessThanOrEqual(0.4);
    },
  );

  test('costs all epochs, and finds the best, when nothing stops before its end', () => {
    const [replay] = replayInRandomOrder(
      curves,
      { configurations: 40, minimum: maximum, maximum, factor: 3, replays: 1 },
      'best',
    );
    expect(replay).toEqual({ points: 0, share: 1 });
  });
});

test('the UAR that early stopping keeps never falls', () => {
  const [curve] = curves;
  if (!curve) throw new Error('there are curves');
  for (let epochs = 2; epochs <= maximum; epochs++) {
    expect(uarAfter(curve, epochs, 'best')).toBeGreaterThanOrEqual(uarAfter(curve, epochs - 1, 'best'));
  }
});
