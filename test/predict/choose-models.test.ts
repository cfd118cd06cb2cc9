import { expect, it } from 'vitest';
import { parseChoice } from '../../src/predict/choose-models.ts';
import { forPredicting } from '../../src/predict/watch-run.ts';

it('reads values of axes', () => {
  expect([...parseChoice('fold=03 seed=1')]).toEqual([
    ['fold', '03'],
    ['seed', '1'],
  ]);
  expect([...parseChoice('fold=03 fold=03')]).toEqual([['fold', '03']]);
  expect([...parseChoice(undefined)]).toEqual([]);
});

it.each([
  ['', /names no axis/],
  [' ', /names no axis/],
  ['fold=03 fold=08', /`fold` cannot have two values/],
  ['fold', /`fold` is not AXIS=VALUE/],
])('refuses --model %j', (text, message) => {
  expect(() => parseChoice(text)).toThrow(message);
});

it.each([
  [
    'Listen to the file; leave it out of the corpus, or change the parameters of `vad`.',
    'Listen to the file, or leave it out.',
  ],
  [
    'Get the file again from its source, or leave it out of the corpus.',
    'Get the file again from its source, or leave it out.',
  ],
  ['Set `channels: mix`.', 'The run does not take such files: convert it, or leave it out.'],
  ['Check the path.', 'Check the path.'],
])('gives who predicts other advice than who owns the corpus: %s', (advice, given) => {
  expect(forPredicting(advice)).toBe(given);
});
