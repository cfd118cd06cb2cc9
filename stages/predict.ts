import { DataError, defineStage, Type, type EngineDataset, type ItemRow } from '../src/stage/index.ts';
import type { UtteranceAnswer } from './evaluate/answers.ts';
import { createNetwork } from './network/index.ts';
import { readFeatures, requireShape } from './train/features.ts';
import { classOf } from './train/labels.ts';
import { decodeModel } from './train/model.ts';

type FeatureRow = ItemRow<{ readonly features: 'array'; readonly frames: 'array' }>;

/** The posteriors of a fold's test segments, by the fold's model. */
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
  outputs: { answers: 'json' },
  columns: ['id', 'label', 'speaker', 'sentence'],
  parts: { input: 'folds', axis: 'fold', use: ['test'] },
  engine: true,
  isolate: 'process',
  async run({ model: { model: tensors }, features }, _, context) {
    const model = decodeModel(tensors);
    const { classes } = model;
    if (features.length === 0) throw new DataError('no-utterances', 'The test part of the fold is empty.');
    const size = { input: model.input, classes: classes.length };
    const network = createNetwork(context.engine, model.network, size, model.scaling, context.random('weights'));
    network.load(model.weights);
    const data = context.engine.dataset(model.input);
    const { frames, spans } = await readSegments(features, data, model);
    const { probabilities } = await network.predict({ data, rows: frames.map((_, row) => row), frames });
    const posteriors = frames.map((_, row) => [
      ...probabilities.subarray(row * classes.length, (row + 1) * classes.length),
    ]);
    const utterances = features.map((row, index) => answer(row, posteriors.slice(...(spans[index] ?? []))));
    return {
      answers: { classes, labels: model.labels, utterances: utterances.sort((a, b) => (a.id < b.id ? -1 : 1)) },
    };
  },
});

/** Hands all segments over to the engine; `spans` are their first and last + 1 rows of each utterance. */
async function readSegments(
  features: readonly FeatureRow[],
  data: EngineDataset,
  { input, classes }: { readonly input: readonly number[]; readonly classes: readonly string[] },
): Promise<{ readonly frames: readonly number[]; readonly spans: readonly (readonly [number, number])[] }> {
  const frames: number[] = [];
  const spans: [number, number][] = [];
  for (const row of features) {
    if (row.part !== 'test') throw new Error(`predict was given the part ${row.part}`);
    classOf(row.columns, classes);
    const utterance = await readFeatures(row);
    requireShape(input, utterance);
    spans.push([frames.length, frames.length + utterance.frames.length]);
    frames.push(...utterance.frames);
    data.add(utterance.features);
  }
  return { frames, spans };
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
