import { describe, expect, test } from 'vitest';
import { choose, requireChoices, selectionWords } from '../../src/sweep/choose.ts';
import { differences } from '../../src/sweep/definition.ts';
import type { Search } from '../../src/sweep/searches.ts';
import type { Objective, TrialRecord } from '../../src/sweep/sweep-record.ts';

const objective: Objective = { text: 'm.h.d', direction: 'maximise', stage: 'm', output: 'h', field: ['d'] };
const search: Search = { name: '', each: undefined, fold: undefined, settings: [], overrides: [] };

/** @param values objective by fold */
function trialOf(
  trial: number,
  values: Readonly<Record<string, number>>,
  more: Partial<TrialRecord> = {},
): TrialRecord {
  const replicates = Object.entries(values).map(([fold, value]) => ({ point: { fold, seed: 1 }, value }));
  const mean = replicates.reduce((sum, { value }) => sum + value, 0) / replicates.length;
  return {
    search: '',
    trial,
    configuration: { 'params.a': trial },
    overrides: [],
    status: 'done',
    replicates,
    objective: mean,
    cost: { seconds: 1 },
    run: 'a/b',
    ...more,
  };
}

const trials = [trialOf(1, { a: 0.9, b: 0.1 }), trialOf(2, { a: 0.5, b: 0.6 }), trialOf(3, { a: 0.4, b: 0.7 })];

describe('pooled choice', () => {
  test('takes the best mean of all folds, and the first of equal ones', () => {
    const [chosen, ...rest] = choose({ objective, choice: 'pooled', axis: 'fold', searches: [search], trials });
    expect(rest).toEqual([]);
    expect(chosen).toMatchObject({ trial: 2, objective: 0.55 });
  });

  test('takes the lowest where it minimises', () => {
    const [chosen] = choose({
      objective: { ...objective, direction: 'minimise' },
      choice: 'pooled',
      axis: 'fold',
      searches: [search],
      trials,
    });
    expect(chosen?.trial).toBe(1);
  });

  test('passes over trials that failed or were paused', () => {
    const some = [
      trialOf(1, { a: 0.9 }, { status: 'paused' }),
      trialOf(2, {}, { status: 'failed', objective: null }),
      trialOf(3, { a: 0.1 }),
    ];
    expect(choose({ objective, choice: 'pooled', axis: 'fold', searches: [search], trials: some })).toMatchObject([
      { trial: 3 },
    ]);
  });

  test('chooses for each part by itself', () => {
    const searches = ['x', 'y'].map((each) => ({ ...search, name: each, each }));
    const some = [
      trialOf(1, { a: 0.1 }, { search: 'x' }),
      trialOf(2, { a: 0.2 }, { search: 'x' }),
      trialOf(1, { a: 0.9 }, { search: 'y' }),
    ];
    expect(choose({ objective, choice: 'pooled', axis: 'fold', searches, trials: some })).toMatchObject([
      { each: 'x', trial: 2 },
      { each: 'y', trial: 1 },
    ]);
  });
});

describe('nested choice', () => {
  test('takes for each fold what is best in its own trainings', () => {
    const chosen = choose({ objective, choice: 'nested', axis: 'fold', searches: [search], trials });
    expect(chosen).toMatchObject([
      { fold: 'a', trial: 1, objective: 0.9 },
      { fold: 'b', trial: 3, objective: 0.7 },
    ]);
  });

  test('does not look at what other folds came to', () => {
    const changed = trials.map((trial) => ({
      ...trial,
      replicates: trial.replicates.map((one) =>
        one.point.fold === 'b' ? { ...one, value: 1 - (one.value ?? 0) } : one,
      ),
    }));
    const of = (some: readonly TrialRecord[]) =>
      choose({ objective, choice: 'nested', axis: 'fold', searches: [search], trials: some }).find(
        ({ fold }) => fold === 'a',
      );
    expect(of(changed)).toEqual(of(trials));
  });
});

test('a fold without a choice is named', () => {
  const chosen = choose({ objective, choice: 'nested', axis: 'fold', searches: [search], trials });
  expect(() => requireChoices(chosen, undefined, ['a', 'b'], 'fold')).not.toThrow();
  expect(() => requireChoices(chosen, undefined, ['a', 'b', 'c', 'd'], 'fold')).toThrow(
    'Nothing can be chosen for fold c, d:',
  );
  expect(() => requireChoices(chosen, 'x', ['a'], 'fold')).toThrow('fold a of x');
});

test('what the choice has seen is told in the words of the data', () => {
  expect(selectionWords('pooled', { unit: 'id', cluster: 'speaker', label: 'label' })).toBe(
    'selection saw all speakers',
  );
  expect(selectionWords('nested', undefined)).toBe('selection for each fold without its test data');
});

test('differences of definitions are told by path', () => {
  const before = { space: { 'params.a': { values: [1, 2] } }, parallel: 1 };
  const now = { space: { 'params.a': { values: [1, 3] }, 'params.b': { values: [1] } }, parallel: 1 };
  expect(differences(before, now)).toEqual([
    { path: 'space.params.a.values', before: '[1,2]', now: '[1,3]' },
    { path: 'space.params.b', before: 'nothing', now: '{"values":[1]}' },
  ]);
});
