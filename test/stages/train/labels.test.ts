import fc from '../../support/fast-check.ts';
import { describe, expect, it } from 'vitest';
import { randomStream } from '../../../src/stage/index.ts';
import { classOf, inverseFrequencyWeights, permuteWithinSpeaker } from '../../../stages/train/labels.ts';

const random = (seed: number) => (name: string) => randomStream(`${seed} ${name}`);
const counted = (labels: readonly number[], speakers: readonly string[]) =>
  labels.map((label, index) => `${speakers[index]} ${label}`).sort();

describe('labels permuted within speaker', () => {
  const corpus = fc.array(fc.record({ label: fc.nat(3), speaker: fc.constantFrom('03', '08', '09') }), {
    maxLength: 60,
  });

  it('keep what each speaker has of each class', () => {
    fc.assert(
      fc.property(corpus, fc.nat(), (rows, seed) => {
        const labels = rows.map(({ label }) => label);
        const speakers = rows.map(({ speaker }) => speaker);
        const permuted = permuteWithinSpeaker(labels, speakers, random(seed));
        expect(counted(permuted, speakers)).toEqual(counted(labels, speakers));
        expect(permuteWithinSpeaker(labels, speakers, random(seed))).toEqual(permuted);
      }),
    );
  });

  it('say nothing of the true labels: 1 in 4 agrees', () => {
    const labels = Array.from({ length: 4000 }, (_, index) => index % 4);
    const permuted = permuteWithinSpeaker(
      labels,
      labels.map(() => '03'),
      random(1),
    );
    const agreeing = labels.filter((label, index) => label === permuted[index]).length;
    // Four standard deviations of a binomial with p = 1/4.
    expect(Math.abs(agreeing - 1000)).toBeLessThan(4 * Math.sqrt(4000 * 0.25 * 0.75));
  });
});

describe('class weights', () => {
  it("are scikit-learn's balanced ones", () => {
    // compute_class_weight('balanced', classes=range(3), y=[0,0,0,0,0,1,1,2,2,2])
    const weights = inverseFrequencyWeights([0, 0, 0, 0, 0, 1, 1, 2, 2, 2], ['a', 'b', 'c']);
    [0.66666667, 1.66666667, 1.11111111].forEach((expected, index) => expect(weights[index]).toBeCloseTo(expected, 8));
  });

  it('refuse a class without segments', () => {
    expect(() => inverseFrequencyWeights([0, 0, 2], ['anger', 'sadness', 'neutral'])).toThrow(
      /no utterance of sadness/,
    );
  });
});

describe('classOf', () => {
  it('refuses a label that is not among the classes and names the utterance', () => {
    expect(classOf({ label: 'neutral' }, ['anger', 'neutral'])).toBe(1);
    expect(() => classOf({ label: 'angry', speaker: '03' }, ['anger', 'neutral'])).toThrow(
      'An utterance of speaker 03 (angry) has a label that is not among the classes anger, neutral.',
    );
    expect(() => classOf({ id: '03/a.wav' }, ['anger'])).toThrow(/Utterance 03\/a.wav/);
  });
});
