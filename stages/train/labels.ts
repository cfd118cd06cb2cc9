import { DataError, type Columns, type RandomStream } from '../../src/stage/index.ts';
import { nameOf } from './features.ts';

/**
 * The class of an utterance: the place of its label among the classes.
 *
 * @throws DataError when the label is not among them
 */
export function classOf(columns: Columns, classes: readonly string[]): number {
  const index = classes.indexOf(String(columns.label));
  if (index >= 0) return index;
  throw new DataError(
    'unknown-label',
    `${nameOf(columns)} has a label that is not among the classes ${classes.join(', ')}.`,
    {
      advice: 'Give `classes` all labels that the corpus stage lets through.',
    },
  );
}

/**
 * A control: the labels of each speaker's utterances in random order. What is then learned says nothing about emotion,
 * while the classes and speakers keep their counts.
 *
 * @param random gives a stream for each speaker
 */
export function permuteWithinSpeaker(
  labels: readonly number[],
  speakers: readonly string[],
  random: (name: string) => RandomStream,
): number[] {
  const permuted = [...labels];
  for (const speaker of new Set(speakers)) {
    const places = speakers.flatMap((name, index) => (name === speaker ? [index] : []));
    const shuffled = random(`permutation/${speaker}`).shuffled(places);
    places.forEach((place, index) => {
      permuted[place] = labels[shuffled[index] ?? place] ?? 0;
    });
  }
  return permuted;
}

/**
 * Weights of the classes in the loss: inverse frequency, n / (classes * n_c), whose mean over the segments is 1
 * (scikit-learn's `class_weight="balanced"`).
 *
 * @param labels class index of each training segment
 * @throws DataError when a class has no segment
 */
export function inverseFrequencyWeights(labels: readonly number[], classes: readonly string[]): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const missing = classes.filter((_, index) => counts[index] === 0);
  if (missing.length > 0) {
    throw new DataError('class-missing', `The training part has no utterance of ${missing.join(', ')}.`, {
      advice: 'Leave the class out of `classes`, or add data.',
    });
  }
  return counts.map((count) => labels.length / (classes.length * count));
}
