import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PipeError } from '../../../src/errors.ts';
import { compareRuns } from '../../../src/experiment/comparison/index.ts';
import { readRun } from '../../../src/experiment/index.ts';
import { digestFiles, seal } from '../../../src/experiment/seal.ts';
import { recordRun } from '../../support/recorded-runs.ts';

let experiments: string;
beforeEach(() => {
  experiments = mkdtempSync(join(tmpdir(), 'pipe-compare-'));
});
afterEach(() => rmSync(experiments, { recursive: true, force: true }));

const named = (count: number) => Array.from({ length: count }, (_, index) => `speaker${index}`);
const halfRight = ({ label }: { label: string }) => label === 'anger';

function failureOf(wanted: readonly string[], stage?: string): PipeError {
  try {
    compareRuns(experiments, wanted, stage);
  } catch (error) {
    if (error instanceof PipeError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a comparison of two runs', () => {
  it('has the averages, their spread over the seeds, and every speaker', () => {
    recordRun(experiments, 'one', { speakers: named(2), isRight: halfRight });
    // The second seed misses one of four.
    const isRight = ({ speaker, label }: { speaker: string; label: string }, { seed }: { seed?: unknown }) =>
      seed === 1 || speaker !== 'speaker1' || label === 'anger';
    recordRun(experiments, 'two', { speakers: named(2), isRight });
    const { entries, units, clusters, clusterWord } = compareRuns(experiments, ['one', 'two']);
    expect({ units, clusters, clusterWord }).toEqual({ units: 4, clusters: named(2), clusterWord: 'speaker' });
    expect(entries.map(({ letter, title, uar }) => [letter, title, uar])).toEqual([
      ['A', 'speech/one', 0.5],
      ['B', 'speech/two', 0.875],
    ]);
    expect(entries[0]?.sd).toBe(0);
    expect(entries[1]?.replicates).toEqual([1, 0.75]);
    expect(entries[1]?.sd).toBeCloseTo(0.25 / Math.SQRT2, 12);
    expect(entries[1]?.clusters).toEqual([
      { cluster: 'speaker0', units: 2, uar: 1 },
      { cluster: 'speaker1', units: 2, uar: 0.75 },
    ]);
  });

  it('is inconclusive with 4 speakers, however large the difference', () => {
    recordRun(experiments, 'one', { speakers: named(4), isRight: () => false });
    recordRun(experiments, 'two', { speakers: named(4) });
    const [, other] = compareRuns(experiments, ['one', 'two']).entries;
    expect(other?.contrast).toMatchObject({
      difference: 1,
      test: { p: 0.125, smallestP: 0.125, method: 'exact' },
      clusters: { better: 4, worse: 0, same: 0 },
      verdict: 'inconclusive',
    });
  });

  it('tells better from worse with 6 speakers, by 2 of 64 ways', () => {
    recordRun(experiments, 'one', { speakers: named(6), isRight: halfRight });
    recordRun(experiments, 'two', { speakers: named(6) });
    const contrast = (...names: string[]) => compareRuns(experiments, names).entries[1]?.contrast;
    expect(contrast('one', 'two')).toMatchObject({ difference: 0.5, test: { p: 2 / 64 }, verdict: 'better' });
    expect(contrast('two', 'one')).toMatchObject({ difference: -0.5, test: { p: 2 / 64 }, verdict: 'worse' });
  });

  it('pairs units by their names, whatever their order', () => {
    const isRight = ({ speaker, label }: { speaker: string; label: string }) =>
      speaker < 'speaker3' || label === 'anger';
    recordRun(experiments, 'one', { speakers: named(6), isRight });
    recordRun(experiments, 'two', { speakers: named(6).reverse(), classes: ['neutral', 'anger'], isRight });
    expect(compareRuns(experiments, ['one', 'two']).entries[1]?.contrast?.verdict).toBe('same answers');
  });

  it('adjusts over several', () => {
    recordRun(experiments, 'one', { speakers: named(6), isRight: halfRight });
    for (const name of ['two', 'three']) recordRun(experiments, name, { speakers: named(6) });
    const { entries } = compareRuns(experiments, ['one', 'two', 'three']);
    expect(entries.map(({ contrast }) => contrast?.adjustedP)).toEqual([undefined, 4 / 64, 4 / 64]);
    expect(entries[2]?.contrast?.verdict).toBe('inconclusive');
  });

  it('says when the answers are the same', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name, { speakers: named(6), isRight: halfRight });
    expect(compareRuns(experiments, ['one', 'two']).entries[1]?.contrast).toMatchObject({
      difference: 0,
      test: { p: 1 },
      verdict: 'same answers',
    });
  });

  it("has McNemar's test of single replicates alone", () => {
    const points = [{ seed: 1 }];
    recordRun(experiments, 'one', { points, speakers: named(4), isRight: halfRight });
    recordRun(experiments, 'two', { points, speakers: named(4) });
    recordRun(experiments, 'three', { speakers: named(4) });
    const [, single, double] = compareRuns(experiments, ['one', 'two', 'three']).entries;
    expect(single?.contrast?.mcnemar).toEqual({ onlyFirst: 0, onlySecond: 4, exactP: 0.125, midP: 0.0625 });
    expect(single?.sd).toBeUndefined();
    expect(double?.contrast?.mcnemar).toBeUndefined();
  });

  it('has no interval with one speaker, and is inconclusive', () => {
    recordRun(experiments, 'one', { speakers: ['03'], isRight: halfRight });
    recordRun(experiments, 'two', { speakers: ['03'] });
    const [baseline, other] = compareRuns(experiments, ['one', 'two']).entries;
    expect(baseline?.interval).toBeUndefined();
    expect(other?.contrast).toMatchObject({ interval: undefined, test: { p: 1 }, verdict: 'inconclusive' });
  });

  it('takes the settings of a matrix beside the seed as configurations of their own', () => {
    const points = [3, 4].flatMap((depth) => [1, 2].map((seed) => ({ depth, seed })));
    recordRun(experiments, 'one', { points, isRight: (_, { depth }) => depth === 4 });
    const { entries, differing } = compareRuns(experiments, ['one']);
    expect(entries.map(({ title, uar }) => [title, uar])).toEqual([
      ['speech/one depth=3', 0],
      ['speech/one depth=4', 1],
    ]);
    expect(differing).toEqual([{ name: 'model.depth', kind: 'parameter', values: ['3', '4'] }]);
  });
});

describe('what differs', () => {
  it('is named by stage and parameter, with code, engine and data', () => {
    recordRun(experiments, 'one', { params: { network: { depth: 3, kernel: [3, 3] }, epochs: 40 } });
    recordRun(experiments, 'two', {
      params: { network: { depth: 4, kernel: [3, 3] }, epochs: 40, dropout: 0.1 },
      code: 'c0ffee0000',
      recording: '1',
      record: { engines: { model: 'wasm, 1 thread' } },
    });
    const { differing } = compareRuns(experiments, ['one', 'two']);
    expect(differing.map(({ name, values }) => [name, ...values])).toEqual([
      ['model.network.depth', '3', '4'],
      ['model (code)', 'train c0de', 'train c0ffee00'],
      ['items (data)', expect.any(String), expect.any(String)],
      ['model.dropout', undefined, '0.1'],
      ['model (engine)', undefined, 'wasm, 1 thread'],
    ]);
  });

  it('is nothing for the same run made again', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name);
    expect(compareRuns(experiments, ['one', 'two']).differing).toEqual([]);
  });
});

describe('how often the test data were opened', () => {
  it('counts recorded runs on the same units, and their configurations', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name);
    recordRun(experiments, 'again', { record: { tasks: 'one tasks' } });
    recordRun(experiments, 'elsewhere', { speakers: named(3) });
    recordRun(experiments, 'failed', { record: { status: 'failed' } });
    expect(compareRuns(experiments, ['one', 'two']).openings).toMatchObject({ runs: 4, partly: 0, configurations: 3 });
  });

  it('counts runs on a part of the units, or on more of them', () => {
    for (const name of ['one', 'two', 'three']) recordRun(experiments, name, { speakers: ['03'] });
    for (const name of ['whole', 'again']) recordRun(experiments, name, { speakers: ['03', '08'] });
    recordRun(experiments, 'elsewhere', { speakers: ['09'] });
    const openings = (...wanted: string[]) => compareRuns(experiments, wanted).openings;
    expect(openings('whole', 'again')).toMatchObject({ runs: 5, partly: 3, unknown: 0 });
    expect(openings('one', 'two')).toMatchObject({ runs: 5, partly: 2, unknown: 0 });
  });

  it('tells a set by another run, where the predictions of one are damaged, and else that it is not known', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name);
    const folder = recordRun(experiments, 'part', { speakers: ['03'] });
    appendFileSync(join(folder, 'predictions.jsonl'), '{}');
    expect(compareRuns(experiments, ['one', 'two']).openings).toMatchObject({ runs: 2, unknown: 1 });
    recordRun(experiments, 'other-part', { speakers: ['03'] });
    expect(compareRuns(experiments, ['one', 'two']).openings).toMatchObject({ runs: 4, partly: 2, unknown: 0 });
  });

  it('takes a killed run for one that may have tested, but neither a trial nor a run without a test', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name);
    const sweep = { name: 'depth', id: 'a', search: '', trial: 1 };
    recordRun(experiments, 'trial', { stages: [], record: { sweep } });
    recordRun(experiments, 'target', { stages: [] });
    recordRun(experiments, 'killed-trial', { stages: [], record: { status: 'interrupted', sweep } });
    recordRun(experiments, 'killed', { stages: [], record: { status: 'interrupted' } });
    expect(compareRuns(experiments, ['one', 'two']).openings).toMatchObject({ runs: 2, unknown: 1 });
  });

  it('takes the final run of a sweep for one that may have tested while it is on, and once it was killed', () => {
    for (const name of ['one', 'two']) recordRun(experiments, name);
    const sweep = { name: 'depth', id: 'a', search: '', trial: 1, final: true } as const;
    recordRun(experiments, 'final', { stages: [], record: { status: 'running', sweep } });
    recordRun(experiments, 'killed-final', { stages: [], record: { status: 'interrupted', sweep } });
    expect(compareRuns(experiments, ['one', 'two']).openings).toMatchObject({ runs: 2, unknown: 2 });
  });
});

describe('what cannot be compared is refused:', () => {
  it('a single run, and a run named twice', () => {
    recordRun(experiments, 'one');
    expect(failureOf(['one'])).toMatchObject({ code: 'too-few-runs', exitCode: 2 });
    expect(failureOf(['one', 'speech/one'])).toMatchObject({ code: 'same-run-twice' });
  });

  it('an unknown run', () => {
    recordRun(experiments, 'one');
    expect(failureOf(['one', 'other'])).toMatchObject({ code: 'unknown-run' });
  });

  it.each(['failed', 'interrupted', 'running'] as const)('a run that is %s', (status) => {
    recordRun(experiments, 'one');
    recordRun(experiments, 'two', { record: { status } });
    const error = failureOf(['one', 'two']);
    expect(error.code).toBe('run-not-done');
    expect(error.message).toContain('speech/two');
  });

  it('runs on different corpora', () => {
    recordRun(experiments, 'one');
    recordRun(experiments, 'two', { speakers: ['DC', 'JE'] });
    const error = failureOf(['one', 'two']);
    expect(error.code).toBe('different-corpora');
    expect(error.message).toContain('none of the 4 units of speech/one (03-anger-0, ');
  });

  it('runs on different units, which are named with the run that lacks them', () => {
    recordRun(experiments, 'one', { speakers: ['03', '08', '09'] });
    recordRun(experiments, 'two', { speakers: ['03', '08', '10'], count: 2 });
    const error = failureOf(['one', 'two']);
    expect(error.code).toBe('different-units');
    expect(error.message).toContain('2 not tested in speech/two: 09-anger-0, 09-neutral-0');
    expect(error.message).toContain('8 not tested in speech/one: 03-anger-1, 03-neutral-1, 08-anger-1');
  });

  it('a run that was tested on some of the units alone, from either side', () => {
    recordRun(experiments, 'one', { count: 2 });
    recordRun(experiments, 'part');
    expect(failureOf(['one', 'part']).message).toMatch(
      /same units:\n {2}4 not tested in speech\/part: 03-anger-1,[^\n]*$/,
    );
    expect(failureOf(['part', 'one']).message).toMatch(
      /same units:\n {2}4 not tested in speech\/part: 03-anger-1,[^\n]*$/,
    );
  });

  it('runs with different classes, or labels', () => {
    recordRun(experiments, 'one');
    recordRun(experiments, 'two', { classes: ['anger', 'sadness'] });
    expect(failureOf(['one', 'two']).code).toBe('different-classes');
    const folder = recordRun(experiments, 'three');
    writeFileSync(
      join(folder, 'predictions.jsonl'),
      `${JSON.stringify({ stage: 'scores', point: {}, classes: ['neutral', 'anger'], predictions: swapped })}\n`,
    );
    resealed(folder, 'three');
    expect(failureOf(['one', 'three'])).toMatchObject({ code: 'different-labels' });
  });

  it('runs without predictions, or with those of several stages', () => {
    recordRun(experiments, 'one');
    recordRun(experiments, 'none', { points: [] });
    recordRun(experiments, 'several', { stages: ['scores', 'judged'] });
    expect(failureOf(['one', 'none']).code).toBe('no-predictions');
    expect(failureOf(['one', 'several'])).toMatchObject({ code: 'several-prediction-stages' });
    expect(failureOf(['several', 'one'], 'judged')).toMatchObject({ code: 'no-predictions' });
    expect(compareRuns(experiments, ['several', 'one'], 'scores').entries).toHaveLength(2);
  });

  it('replicates that were not tested on the same units', () => {
    recordRun(experiments, 'one');
    const folder = recordRun(experiments, 'two');
    const line = { stage: 'scores', point: { seed: 3 }, classes: ['anger', 'neutral'], predictions: swapped.slice(1) };
    appendFileSync(join(folder, 'predictions.jsonl'), `${JSON.stringify(line)}\n`);
    resealed(folder, 'two');
    expect(failureOf(['one', 'two']).code).toBe('uneven-replicates');
  });

  it('a damaged record, which is named', () => {
    recordRun(experiments, 'one');
    const folder = recordRun(experiments, 'two');
    appendFileSync(join(folder, 'predictions.jsonl'), '{"stage"');
    const error = failureOf(['one', 'two']);
    expect(error).toMatchObject({ code: 'damaged-record', exitCode: 5 });
    expect(error.message).toContain(join(folder, 'predictions.jsonl'));
  });
});

const swapped = ['03', '08'].flatMap((speaker) =>
  ['anger', 'neutral'].map((label) => ({
    unit: `${speaker}-${label}-0`,
    cluster: speaker,
    label: label === 'anger' ? 'neutral' : 'anger',
    predicted: label,
    posteriors: [1, 0],
  })),
);

/** Seals the record of a run over its files as they are now. */
function resealed(folder: string, run: string): void {
  const record = readRun(folder);
  if ('detail' in record) throw new Error(`${run}: ${record.detail}`);
  writeFileSync(join(folder, 'run.json'), JSON.stringify(seal({ ...record, files: digestFiles(folder) })));
}
