import { DataError, defineStage, Type, type EachEntry, type ItemRow, type StageContext } from '../src/stage/index.ts';
import { createRecogniser, type Recogniser } from './predict/recogniser.ts';
import { fault, judge } from './recognise/judgement.ts';
import { segmentTimes, type SegmentTime } from './recognise/segment-times.ts';
import { readFeatures, type UtteranceFeatures } from './train/features.ts';
import { decodeModel, type Model } from './train/model.ts';

type ModelEntry = EachEntry<{ readonly model: 'tensors' }>;
type FeatureRow = ItemRow<{ readonly features: 'array'; readonly frames: 'array' }>;
type TimingRow = ItemRow<{ readonly timing: 'json' }>;
type SpanRow = ItemRow<{ readonly span: 'json' }>;

/** Segments that are handed to the models at once, to bound memory. */
const segmentsAtOnce = 64;

/**
 * What trained models answer to recordings of which nothing is known: the mean of their posteriors, for each segment and for
 * each utterance (the mean over its segments), and how far the models are apart.
 *
 * `timing` (of `segment`) and `span` (of `vad`) say when the segments begin and end; without them nothing does.
 * An utterance whose features cannot be used becomes a fault in the answers; the others are answered.
 */
export default defineStage({
  name: 'recognise',
  kind: 'reduce',
  description: 'Recognises new recordings by all models of a run.',
  params: Type.Object({}),
  inputs: {
    model: { each: { model: 'tensors' } },
    features: { items: { features: 'array', frames: 'array' } },
    timing: { items: { timing: 'json' }, optional: true },
    span: { items: { span: 'json' }, optional: true },
  },
  outputs: { answers: 'json' },
  engine: true,
  isolate: 'process',
  async run({ model: entries, features, timing, span }, _, context) {
    const { classes, notes, recognisers } = await loadModels(entries, context);
    const items = [];
    for await (const { start, utterances } of inParts(features)) {
      const posteriors = await answerAll(recognisers, utterances.filter(isFeatures));
      let answered = 0;
      for (const [offset, utterance] of utterances.entries()) {
        const times = await timesOf(timing?.[start + offset], span?.[start + offset]);
        items.push(isFeatures(utterance) ? judge(posteriors[answered++] ?? [], classes, times) : fault(utterance));
      }
      context.progress({ recognised: items.length, of: features.length });
    }
    return { answers: { classes, notes, items } };
  },
});

async function loadModels(entries: readonly ModelEntry[], context: StageContext) {
  const models: Model[] = [];
  for (const entry of entries) models.push(decodeModel((await entry.read()).model));
  const [first] = models;
  if (!first) throw new DataError('no-models', 'There is no model to recognise with.');
  if (models.some(({ classes }) => classes.join('\n') !== first.classes.join('\n'))) {
    throw new DataError('mixed-classes', 'The models have different classes, so their posteriors have no mean.', {
      advice: 'Choose models that have the same.',
    });
  }
  const control = models.some(({ labels }) => labels !== 'as given');
  return {
    classes: first.classes,
    notes: control ? ['A control: the models were trained on permuted labels, and know nothing of emotion.'] : [],
    recognisers: models.map((model) => createRecogniser(model, context)),
  };
}

/** The utterances in parts of so many segments, and the place of each part's first. One that cannot be used is an error. */
async function* inParts(rows: readonly FeatureRow[]) {
  let utterances: (UtteranceFeatures | DataError)[] = [];
  let segments = 0;
  for (const [index, row] of rows.entries()) {
    const utterance = await readOrFault(row);
    utterances.push(utterance);
    segments += isFeatures(utterance) ? utterance.frames.length : 0;
    if (segments < segmentsAtOnce && index + 1 < rows.length) continue;
    yield { start: index + 1 - utterances.length, utterances };
    utterances = [];
    segments = 0;
  }
}

async function readOrFault(row: FeatureRow): Promise<UtteranceFeatures | DataError> {
  try {
    return await readFeatures(row);
  } catch (error) {
    if (error instanceof DataError) return error;
    throw error;
  }
}

const isFeatures = (found: UtteranceFeatures | DataError): found is UtteranceFeatures => !(found instanceof DataError);

/** The posteriors of each utterance by each model: [utterances][models][segments][classes]. */
async function answerAll(
  recognisers: readonly Recogniser[],
  utterances: readonly UtteranceFeatures[],
): Promise<(readonly (readonly number[])[])[][]> {
  const answers = utterances.map((): (readonly (readonly number[])[])[] => []);
  if (utterances.length === 0) return answers;
  for (const { recognise } of recognisers) {
    for (const [index, { posteriors }] of (await recognise(stream(utterances))).entries()) {
      answers[index]?.push(posteriors);
    }
  }
  return answers;
}

async function* stream<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values;
}

async function timesOf(timing: TimingRow | undefined, span: SpanRow | undefined): Promise<readonly SegmentTime[]> {
  if (timing === undefined) return [];
  return segmentTimes((await timing.read()).timing, span && (await span.read()).span);
}
