import { DataError, defineStage, Type, type ItemRow } from '../src/stage/index.ts';
import type { UtteranceAnswer } from './evaluate/answers.ts';
import { encodeAttention } from './predict/attention.ts';
import { createRecogniser } from './predict/recogniser.ts';
import { readFeatures } from './train/features.ts';
import { classOf } from './train/labels.ts';
import { decodeModel } from './train/model.ts';

type FeatureRow = ItemRow<{ readonly features: 'array'; readonly frames: 'array' }>;

/**
 * The posteriors of a fold's test segments by the fold's model, and how much each of their time steps counted.
 *
 * - `answers`: the posterior of each class for each segment, by utterance, in the order of their ids
 * - `attention`: float32 [segments, steps] for each utterance (see `encodeAttention`); step t covers the frames
 *   t * framesPerStep and on of the features
 */
export default defineStage({
  name: 'predict',
  kind: 'reduce',
  description: 'Recognises the test part of a fold.',
  params: Type.Object({}),
  inputs: {
    model: { model: 'tensors' },
    features: { items: { features: 'array', frames: 'array' } },
    folds: 'json',
  },
  outputs: { answers: 'json', attention: 'tensors' },
  columns: ['id', 'label', 'speaker', 'sentence'],
  parts: { input: 'folds', axis: 'fold', use: ['test'] },
  onNewData: { source: 'corpus/files', stage: 'recognise' },
  engine: true,
  isolate: 'process',
  async run({ model: { model: tensors }, features }, _, context) {
    const model = decodeModel(tensors);
    const { classes, labels } = model;
    if (features.length === 0) throw new DataError('no-utterances', 'The test part of the fold is empty.');
    const { recognise, steps, framesPerStep } = createRecogniser(model, context);
    const recognitions = await recognise(readAll(features, classes));
    const answered = recognitions
      .map((recognition, index) => ({ ...recognition, row: features[index] }))
      .flatMap(({ row, ...rest }) => (row ? [{ row, id: String(row.columns.id), ...rest }] : []))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return {
      answers: { classes, labels, utterances: answered.map(({ row, posteriors }) => answer(row, posteriors)) },
      attention: encodeAttention(
        framesPerStep,
        answered.map(({ id, row, posteriors, attention }) => ({
          id,
          weights: { shape: [posteriors.length, steps], data: attention },
          segments: row.rows,
        })),
      ),
    };
  },
});

async function* readAll(features: readonly FeatureRow[], classes: readonly string[]) {
  for (const row of features) {
    if (row.part !== 'test') throw new Error(`predict was given the part ${row.part}`);
    classOf(row.columns, classes);
    yield await readFeatures(row);
  }
}

function answer({ columns }: FeatureRow, segments: readonly (readonly number[])[]): UtteranceAnswer {
  const { id, speaker, label, sentence } = columns;
  return {
    id: String(id),
    speaker: String(speaker),
    label: String(label),
    ...(sentence === undefined || sentence === null ? {} : { sentence: String(sentence) }),
    segments,
  };
}
