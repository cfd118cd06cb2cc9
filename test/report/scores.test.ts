import { describe, expect, test } from 'vitest';
import type { Prediction, Predictions } from '../../src/experiment/index.ts';
import { resultsOf } from '../../src/report/clusters.ts';
import { confusionOf } from '../../src/report/confusion.ts';
import { chooseExamples } from '../../src/report/examples.ts';
import { findMistakes } from '../../src/report/mistakes.ts';
import { clustersCsv } from '../../src/report/run-csv.ts';
import { resultsTable } from '../../src/report/run-tables.ts';

const classes = ['anger', 'neutral', 'sadness'];

/** `03:anger>neutral 0.8`: a unit of speaker 03 that is anger and was taken for neutral with a posterior of 0.8. */
function predictions(seed: number, ...texts: readonly string[]): Predictions {
  const all = texts.map((text, index): Prediction => {
    const [, cluster = '', label = '', predicted = '', posterior = ''] =
      /^(\w+):(\w+)>(\w+) ([\d.]+)$/.exec(text) ?? [];
    const rest = (1 - Number(posterior)) / (classes.length - 1);
    const posteriors = classes.map((name) => (name === predicted ? Number(posterior) : rest));
    return { unit: `u${index}`, cluster, label, predicted, posteriors };
  });
  return { stage: 'scores', point: { seed }, classes, predictions: all };
}

const first = predictions(
  1,
  '03:anger>anger 0.9',
  '03:anger>neutral 0.8',
  '03:neutral>neutral 0.7',
  '08:anger>anger 0.6',
  '08:neutral>sadness 0.5',
  '08:neutral>neutral 0.95',
);
const second = predictions(
  2,
  '03:anger>anger 0.9',
  '03:anger>sadness 0.4',
  '03:neutral>neutral 0.7',
  '08:anger>neutral 0.6',
  '08:neutral>neutral 0.5',
  '08:neutral>neutral 0.95',
);

describe('confusion', () => {
  test('counts over all replicates, and gives the share of each row', () => {
    const { counts, percent } = confusionOf([first, second]);
    expect(counts).toEqual([
      [3, 2, 1],
      [0, 5, 1],
      [0, 0, 0],
    ]);
    expect(percent[0]).toEqual([50, 100 / 3, 100 / 6]);
    expect(percent[2]).toEqual([null, null, null]);
  });
});

describe('results', () => {
  test('are the mean and SD of the replicates, over the classes that have units', () => {
    const { uar, war, units, recalls } = resultsOf([first, second]);
    expect(units).toBe(6);
    // Seed 1: anger 2/3, neutral 2/3; seed 2: anger 1/3, neutral 1.
    expect(uar.values).toEqual([2 / 3, 2 / 3]);
    expect(uar.deviation).toBeCloseTo(0, 12);
    expect(war.mean).toBeCloseTo((4 / 6 + 4 / 6) / 2, 12);
    expect(recalls[0]?.mean).toBeCloseTo(1 / 2, 12);
    expect(recalls[0]?.deviation).toBeCloseTo(Math.SQRT2 / 6, 12);
    expect(recalls[2]).toBeUndefined();
  });

  test('have the interval of the leave-one-cluster-out jackknife by Student t', () => {
    const { recalls } = resultsOf([first, second]);
    // Neutral: 5/6 of all, 3/4 without 03, and 1 without 08.
    const [without03, without08, whole] = [3 / 4, 1, 5 / 6];
    const influences = [whole - without03, whole - without08];
    const mean = (influences[0] ?? 0) / 2 + (influences[1] ?? 0) / 2;
    const se = Math.sqrt(0.5 * influences.reduce((sum, one) => sum + (one - mean) ** 2, 0));
    // t(0.975, 1) = tan(0.475 pi), for one degree is Cauchy's.
    expect(recalls[1]?.interval).toMatchObject({ degrees: 1 });
    expect(recalls[1]?.interval?.high).toBeCloseTo(whole + Math.tan(0.475 * Math.PI) * se, 10);
  });

  test('leave a cluster out of classes that it lacks, and have no interval over one cluster', () => {
    const alone = predictions(1, '03:anger>anger 0.9', '03:anger>neutral 0.8');
    const { clusters, uar } = resultsOf([alone]);
    expect(clusters).toMatchObject([
      { cluster: '03', units: 2, recall: [0.5], mean: 0.5, recalls: [0.5, undefined, undefined] },
    ]);
    expect(uar).toMatchObject({ interval: undefined, deviation: undefined, clusters: 1 });
  });
});

describe('a cluster that one replicate did not test', () => {
  const without = predictions(1, '08:anger>anger 0.9');
  const both = predictions(2, '08:anger>neutral 0.9', '03:anger>anger 0.9');
  const results = resultsOf([without, both]);

  test('has nothing there, and the mean of the others', () => {
    const [cluster] = results.clusters;
    expect(cluster).toMatchObject({ cluster: '03', recall: [undefined, 1], mean: 1, lowest: 1, highest: 1 });
  });

  test('leaves its field empty in the CSV', () => {
    const [head, first03] = clustersCsv(results, [without, both], 'speaker').split('\r\n');
    expect(head).toBe('speaker,units,UAR,UAR seed=1,UAR seed=2,recall anger,recall neutral,recall sadness');
    expect(first03).toBe('03,1,1,,1,1,,');
  });
});

describe('the table of results', () => {
  const noteOf = (...replicates: readonly Predictions[]) =>
    resultsTable(resultsOf(replicates), replicates.length, 'speaker').note;

  test('has a row for each class, with what cannot be as a dash', () => {
    const { rows } = resultsTable(resultsOf([first, second]), 2, 'speaker');
    expect(rows.map(([name, mean, deviation]) => [name, mean, deviation])).toEqual([
      ['UAR', '66.7', '0.0'],
      ['WAR', '66.7', '0.0'],
      ['anger', '50.0', '23.6'],
      ['neutral', '83.3', '23.6'],
      ['sadness', null, null],
    ]);
  });

  test('says what the interval is over, or why there is none', () => {
    expect(noteOf(first, second)).toMatch(/^Mean and SD over 2 replicates; interval over 2 clusters \(speaker\)/);
    expect(noteOf(predictions(1, '03:anger>anger 0.9'))).toBe(
      'One replicate; no interval, since there is one speaker alone.',
    );
    const alike = predictions(1, '03:anger>anger 0.9', '08:anger>anger 0.9');
    expect(noteOf(alike)).toBe('One replicate; no interval, since all 2 clusters (speaker) are alike.');
  });
});

describe('errors', () => {
  test('are listed by the confidence of the tests that were wrong, the most confident first', () => {
    const mistakes = findMistakes([first, second]);
    expect(mistakes.map(({ unit, wrong, tests }) => [unit, wrong, tests])).toEqual([
      ['u1', 2, 2],
      ['u3', 1, 2],
      ['u4', 1, 2],
    ]);
    expect(mistakes[0]).toMatchObject({ label: 'anger', predicted: 'neutral' });
    expect(mistakes[0]?.confidence).toBeCloseTo((0.8 + 0.4) / 2, 12);
    expect(mistakes[0]?.ofLabel).toBeCloseTo((0.1 + 0.3) / 2, 12);
  });

  test('are none where all was recognised', () => {
    expect(findMistakes([predictions(1, '03:anger>anger 0.9')])).toEqual([]);
  });
});

describe('examples', () => {
  test('are the most confident errors, the least certain, and one of each class, each once', () => {
    const examples = chooseExamples(first);
    expect(examples.map(({ why, prediction }) => `${why} ${prediction.unit}`)).toEqual([
      'confident error u1',
      'confident error u4',
      'least certain u3',
      'correct u0',
      'correct u5',
    ]);
  });

  test('are few, however many errors and classes there are', () => {
    const names = Array.from({ length: 40 }, (_, index) => `c${index}`);
    const all = names.flatMap((label, index) =>
      [label, 'c0'].map((predicted, copy): Prediction => {
        const posteriors = names.map((name) => (name === predicted ? 0.5 : 0.01));
        return { unit: `${index}-${copy}`, cluster: 's', label, predicted, posteriors };
      }),
    );
    const chosen = chooseExamples({ stage: 's', point: {}, classes: names, predictions: all });
    expect(chosen.length).toBe(12);
  });

  test('do not depend on the order of the predictions', () => {
    const reversed = { ...first, predictions: first.predictions.toReversed() };
    expect(chooseExamples(reversed)).toEqual(chooseExamples(first));
  });
});
