import { describe, expect, test } from 'vitest';
import { median } from '../../../bench/support/measure-process.ts';
import { readCurves, replayHalving, replayInRandomOrder, uarAfter } from '../../../bench/support/search/replay.ts';

/** Trainings in full on the demo corpus, recorded by bench/support/search/record-curves.mjs. */
const curves = readCurves();
const maximum = curves[0]?.uar[0]?.length ?? 0;

describe('successive halving on recorded learning curves', () => {
  test('sees at least 40 configurations, all of the same folds and epochs', () => {
    expect(curves.length).toBeGreaterThanOrEqual(40);
    for (const { uar } of curves) expect(uar.map((fold) => fold.length)).toEqual([24, 24, 24, 24, 24]);
  });
});
