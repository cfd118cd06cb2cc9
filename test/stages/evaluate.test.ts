import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json, MatrixPoint } from '../../src/stage/index.ts';
import evaluate from '../../stages/evaluate.ts';
import type { Answers } from '../../stages/evaluate/answers.ts';
import type { EvaluationScores, Scores } from '../../stages/evaluate/scores.ts';
import { eachEntry, stageContext } from './rig.ts';

interface Levels {
  utterance: Scores;
  segment: Scores;
}
interface Reference {
  seeds: { seed: number; answers: Record<string, Answers>; scores: Levels & { speakers: Record<string, Levels> } }[];
}

const reference = JSON.parse(
  readFileSync(new URL('../fixtures/evaluate/evaluate.json', import.meta.url), 'utf8'),
) as Reference;

async function run(
  entries: readonly { readonly point: MatrixPoint; readonly value: Json }[],
): Promise<EvaluationScores> {
  const { scores } = await evaluate.run(
    { answers: entries.map(({ point, value }) => eachEntry(point, value)) },
    {},
    stageContext(),
  );
  return scores as unknown as EvaluationScores;
}

function near(actual: Scores | undefined, expected: Scores): void {
  expect(actual?.confusion).toEqual(expected.confusion);
  expect(actual?.samples).toBe(expected.samples);
  expect(actual?.uar).toBeCloseTo(expected.uar ?? NaN, 14);
  expect(actual?.war).toBeCloseTo(expected.war ?? NaN, 14);
  expect(actual?.recalls).toEqual(expected.recalls);
}

describe('evaluate against NumPy and scikit-learn', () => {
  it.each(reference.seeds)('seed $seed: pooled over folds, and by speaker', async ({ seed, answers, scores }) => {
    const entries = Object.entries(answers).map(([fold, value]) => ({ point: { fold, seed }, value }));
    const found = await run(entries.reverse());
    near(found.utterance, scores.utterance);
    near(found.segment, scores.segment);
    expect(found.speakers.map(({ speaker }) => speaker)).toEqual(['03', '08', '12']);
    for (const speaker of found.speakers) {
      const expected = scores.speakers[speaker.speaker];
      if (!expected) throw new Error(`no reference for ${speaker.speaker}`);
      near(speaker.utterance, expected.utterance);
      near(speaker.segment, expected.segment);
    }
    expect(found.folds.map(({ fold }) => fold)).toEqual(['03', '08', '12']);
  });

  it('names the classes that a speaker lacks', async () => {
    const entries = Object.entries(reference.seeds[0]?.answers ?? {}).map(([fold, value]) => ({
      point: { fold },
      value,
    }));
    const { speakers } = await run(entries);
    expect(speakers.map(({ lacking }) => lacking)).toEqual([[], [], ['happiness']]);
  });
});

describe('evaluate', () => {
  const answer = (segments: number[][], label = 'anger'): Answers => ({
    classes: ['anger', 'neutral'],
    labels: 'as given',
    utterances: [{ id: 'a.wav', speaker: '03', label, segments }],
  });

  it('recognises an utterance by the mean of its posteriors, not by votes', async () => {
    const value = answer([
      [0.95, 0.05],
      [0.4, 0.6],
      [0.4, 0.6],
    ]);
    const { predictions, segment } = await run([{ point: { fold: '03' }, value }]);
    expect(predictions).toHaveLength(1);
    expect(predictions[0]).toMatchObject({ unit: 'a.wav', fold: '03', predicted: 'anger', correct: true, segments: 3 });
    expect(predictions[0]?.posteriors[0]).toBeCloseTo((0.95 + 0.4 + 0.4) / 3, 14);
    expect(segment.recalls).toEqual([1 / 3, null]);
  });

  it('carries on that a model is a control', async () => {
    const control = { ...answer([[1, 0]]), labels: 'permuted within speaker' } as const;
    expect((await run([{ point: { fold: '03' }, value: control }])).labels).toBe('permuted within speaker');
    const mixed = [
      { point: { fold: '03' }, value: control },
      { point: { fold: '08' }, value: answer([[1, 0]]) },
    ];
    await expect(run(mixed)).rejects.toThrow(/models and controls/);
  });

  it('refuses to pool the answers of several seeds', async () => {
    const value = answer([[1, 0]]);
    const points = [
      { fold: '03', seed: 1 },
      { fold: '03', seed: 2 },
    ];
    await expect(run(points.map((point) => ({ point, value })))).rejects.toMatchObject({
      name: 'DataError',
      code: 'several-answers',
    });
  });

  it('refuses no answers, and labels that are not classes', async () => {
    await expect(run([])).rejects.toMatchObject({ code: 'no-answers' });
    const foreign = [{ point: { fold: '03' }, value: answer([[1, 0]], 'angry') }];
    await expect(run(foreign)).rejects.toThrow(/a.wav is angry/);
  });
});
