import { readFileSync } from 'node:fs';
import fc from '../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import {
  confusionMatrix,
  mean,
  pooledConfusionMatrix,
  recallPerClass,
  standardDeviation,
  unweightedAverageRecall,
  weightedAverageRecall,
} from '../../stages/metrics/index.ts';

interface Case {
  name: string;
  classes: number;
  actual: number[];
  predicted: number[];
  confusion: number[][];
  recalls: (number | null)[];
  uar: number;
  war: number;
}
interface Spread {
  values: number[];
  mean: number;
  standardDeviation: number;
}

const reference = JSON.parse(readFileSync(new URL('../fixtures/metrics/metrics.json', import.meta.url), 'utf8')) as {
  cases: Case[];
  spread: Spread[];
};

describe('metrics against scikit-learn', () => {
  it.each(reference.cases)('$name', ({ classes, actual, predicted, confusion, recalls, uar, war }) => {
    const matrix = confusionMatrix(actual, predicted, classes);
    expect(matrix).toEqual(confusion);
    expect(recallPerClass(matrix)).toEqual(recalls);
    expect(unweightedAverageRecall(matrix)).toBeCloseTo(uar, 14);
    expect(weightedAverageRecall(matrix)).toBeCloseTo(war, 14);
  });

  it.each(reference.spread)('mean and sample standard deviation', (spread) => {
    expect(mean(spread.values)).toBeCloseTo(spread.mean, 14);
    expect(standardDeviation(spread.values)).toBeCloseTo(spread.standardDeviation, 14);
  });
});

describe('metrics without samples', () => {
  it('are null, never zero or NaN', () => {
    const nothing = confusionMatrix([], [], 3);
    expect(recallPerClass(nothing)).toEqual([null, null, null]);
    expect(unweightedAverageRecall(nothing)).toBeNull();
    expect(weightedAverageRecall(nothing)).toBeNull();
    expect(mean([])).toBeNull();
    expect(standardDeviation([1])).toBeNull();
  });
});

describe('confusionMatrix', () => {
  it('refuses what is not a class', () => {
    expect(() => confusionMatrix([0, 4], [0, 0], 4)).toThrow(RangeError);
    expect(() => confusionMatrix([0], [-1], 4)).toThrow(RangeError);
    expect(() => confusionMatrix([0], [0.5], 4)).toThrow(RangeError);
    expect(() => confusionMatrix([0, 1], [0], 4)).toThrow(/2 actual classes, but 1 predicted/);
  });

  it('of folds pooled is that of all their answers', () => {
    const answers = fc.array(fc.record({ actual: fc.nat(2), predicted: fc.nat(2) }), { maxLength: 40 });
    const matrix = (list: readonly { actual: number; predicted: number }[]) =>
      confusionMatrix(
        list.map(({ actual }) => actual),
        list.map(({ predicted }) => predicted),
        3,
      );
    fc.assert(
      fc.property(answers, answers, (first, second) => {
        expect(pooledConfusionMatrix([matrix(first), matrix(second)], 3)).toEqual(matrix([...first, ...second]));
      }),
    );
  });
});
