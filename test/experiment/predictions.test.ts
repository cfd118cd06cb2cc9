import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersOf, graphPredictions, readPredictions, testedUnits } from '../../src/experiment/predictions.ts';
import { openRun } from '../../src/experiment/find-runs.ts';
import type { Graph } from '../../src/plan/graph-types.ts';
import { recordRun } from '../support/recorded-runs.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-predictions-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

let made = 0;

/** A graph with a stage that declares `predictions`, with these values at its points; undefined for a damaged artifact. */
function graphOf(values: readonly unknown[], declared = true): Graph {
  const prefix = `artifact ${made++} `;
  const stage = {
    node: { name: 'scores', type: declared ? { predictions: 'scores' } : {} },
    points: values.map((_, index) => ({ seed: index + 1 })),
    tasks: values.map((_, pointIndex) => ({
      status: 'settled',
      pointIndex,
      result: { outputs: { scores: { digest: `${prefix}${pointIndex}` } } },
    })),
  };
  const read = (digest: string) => {
    const value = values[Number(digest.slice(prefix.length))];
    return value === undefined ? undefined : new TextEncoder().encode(JSON.stringify(value));
  };
  return { stages: [stage], store: { read } } as unknown as Graph;
}

const prediction = {
  unit: 'a',
  cluster: '03',
  label: 'anger',
  predicted: 'anger',
  posteriors: [0.9, 0.1],
  segments: 3,
};
const scores = { classes: ['anger', 'neutral'], predictions: [prediction], uar: 1 };

describe('what is kept of predictions', () => {
  it('is a line for each replicate, without what else the stage gives', () => {
    const { segments: _, ...kept } = prediction;
    expect([...graphPredictions(graphOf([scores, scores]))]).toEqual(
      [1, 2].map((seed) => ({ stage: 'scores', point: { seed }, classes: scores.classes, predictions: [kept] })),
    );
  });

  it('is nothing for stages that declare none, and for what is not of the shape or cannot be read', () => {
    expect([...graphPredictions(graphOf([scores], false))]).toEqual([]);
    const bad = [
      undefined,
      null,
      { predictions: [prediction] },
      { ...scores, predictions: [] },
      { ...scores, predictions: [{ ...prediction, unit: 3 }] },
      { ...scores, predictions: [{ ...prediction, posteriors: ['0.9'] }] },
    ];
    expect([...graphPredictions(graphOf([...bad, scores]))].map(({ point }) => point)).toEqual([{ seed: 7 }]);
  });

  it('tells which units were tested, whatever their order, and the UAR of each replicate', () => {
    const missed = { ...prediction, unit: 'b', predicted: 'neutral' };
    const line = (predictions: (typeof prediction)[]) => ({
      stage: 'scores',
      point: {},
      classes: scores.classes,
      predictions,
    });
    const one = testedUnits([line([prediction, missed]), line([prediction, { ...missed, predicted: 'anger' }])]);
    expect(one['scores']).toMatchObject({ count: 2, uar: [0.5, 1] });
    expect(testedUnits([line([missed, prediction])])['scores']?.digest).toBe(one['scores']?.digest);
    expect(testedUnits([line([prediction])])['scores']?.digest).not.toBe(one['scores']?.digest);
  });
});

describe('reading predictions', () => {
  it('gives every replicate as it was recorded', () => {
    const lines = readPredictions(recordRun(root, 'one'));
    expect(lines.map(({ stage, point }) => [stage, point])).toEqual([
      ['scores', { seed: 1 }],
      ['scores', { seed: 2 }],
    ]);
    expect(lines[0]?.predictions[0]).toEqual({
      unit: '03-anger-0',
      cluster: '03',
      label: 'anger',
      predicted: 'anger',
      posteriors: [0.9, 0.1],
    });
  });

  it('gives answers without posteriors, whatever names look like', () => {
    recordRun(root, 'odd', { speakers: ['03', ',"posteriors":[', ',\\"posteriors\\":[1]', ']'] });
    const run = openRun(root, 'speech/odd');
    const whole = readPredictions(run.folder);
    expect(whole[0]?.predictions.length).toBeGreaterThan(4);
    expect([...answersOf(run)]).toEqual(
      whole.map((one) => ({ ...one, predictions: one.predictions.map(({ posteriors: _, ...answer }) => answer) })),
    );
  });

  it('gives none where there are none, and refuses what was changed', () => {
    expect(readPredictions(recordRun(root, 'none', { points: [] }))).toEqual([]);
    const folder = recordRun(root, 'one');
    appendFileSync(join(folder, 'predictions.jsonl'), '{}\n');
    expect(() => readPredictions(folder)).toThrow(expect.objectContaining({ code: 'damaged-record' }) as Error);
    expect(() => readPredictions(join(root, 'nowhere'))).toThrow(/damaged/);
  });
});
