import {
  DataError,
  defineStage,
  Type,
  type EngineDataset,
  type ItemRow,
  type StageContext,
  type Static,
} from '../src/stage/index.ts';
import {
  createNetwork,
  createOptimiser,
  fitScaling,
  networkConfig,
  optimiserConfig,
  type Scaling,
} from './network/index.ts';
import { readFeatures, requireShape, type UtteranceFeatures } from './train/features.ts';
import { classOf, inverseFrequencyWeights, permuteWithinSpeaker } from './train/labels.ts';
import { encodeModel } from './train/model.ts';
import { scheduleConfig } from './train/schedule.ts';
import { train, type TrainingSegments } from './train/training.ts';

const params = Type.Object({
  classes: Type.Array(Type.String(), {
    minItems: 2,
    uniqueItems: true,
    description: 'Labels, in the order of reports.',
  }),
  seed: Type.Integer({ default: 0, description: 'Of initial weights, order and dropout.' }),
  network: networkConfig,
  epochs: Type.Integer({ minimum: 1, default: 40, description: 'Passes over the training segments, at most.' }),
  batchSize: Type.Integer({ minimum: 1, default: 40, description: 'Segments of an update.' }),
  optimiser: optimiserConfig,
  rate: Type.Number({ exclusiveMinimum: 0, default: 0.001, description: 'Learning rate.' }),
  schedule: scheduleConfig,
  patience: Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'Stop after so many epochs without a better development UAR and keep the best; fixed epochs without.',
    }),
  ),
  stopAfter: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Give what there is after so many epochs; the schedule still spans `epochs`. A sweep sets it.',
    }),
  ),
  classWeights: Type.Union([Type.Literal('inverse-frequency'), Type.Literal('none')], {
    default: 'inverse-frequency',
    description: 'In the loss, over the training segments.',
  }),
  permuteLabels: Type.Union([Type.Literal('none'), Type.Literal('within-speaker')], {
    default: 'none',
    description: 'A control: train on labels in random order within each speaker. Results must fall to chance.',
  }),
});

/**
 * Trains a network on the segments of a fold's training part, scaling included. The development part chooses when to
 * stop, and nothing else; the test part is never given to this stage.
 */
export default defineStage({
  name: 'train',
  kind: 'reduce',
  description: 'Trains the network on the training part of a fold.',
  params,
  inputs: { features: { items: { features: 'array', frames: 'array' } }, folds: 'json' },
  outputs: { model: 'tensors', history: 'json' },
  columns: ['label', 'speaker'],
  parts: { input: 'folds', axis: 'fold', use: ['train', 'development'] },
  pausable: { by: 'stopAfter', of: 'epochs' },
  engine: true,
  isolate: 'process',
  async run({ features }, given, context) {
    const { classes, epochs, batchSize, rate, schedule, patience, stopAfter } = given;
    const { segments, scaling, shape } = await readSegments(features, given, context);
    requireDevelopment(segments.development, patience);
    const classWeights = weightsOf(segments, given);
    const size = { input: shape, classes: classes.length };
    const network = createNetwork(context.engine, given.network, size, scaling, context.random('weights'));
    const optimiser = createOptimiser(context.engine, given.optimiser);
    const counts = { train: segments.train.length, development: segments.development.length };
    context.log(`${counts.train} training and ${counts.development} development segments, ${network.size} weights`);
    const options = { epochs, batchSize, rate, schedule, patience, stopAfter, classWeights };
    const { weights, history, epoch, development } = await train(network, optimiser, segments, options, context);
    const labels = given.permuteLabels === 'none' ? 'as given' : 'permuted within speaker';
    return {
      model: encodeModel({ network: given.network, classes, input: shape, scaling, weights, labels }),
      history: {
        epochs: history,
        keptEpoch: epoch,
        development,
        segments: counts,
        classWeights,
        labels,
        size: network.size,
      },
    };
  },
});

type Parameters = Static<typeof params>;

interface Utterance extends UtteranceFeatures {
  readonly part: 'train' | 'development';
  readonly label: number;
}

/** Reads the fold's utterances into the engine, which from then on has the only copy, and fits what is fitted on them. */
async function readSegments(
  rows: readonly ItemRow<{ readonly features: 'array'; readonly frames: 'array' }>[],
  given: Parameters,
  context: StageContext,
): Promise<{ readonly segments: TrainingSegments; readonly scaling: Scaling; readonly shape: readonly number[] }> {
  const asGiven = rows.map(({ columns }) => classOf(columns, given.classes));
  const speakers = rows.map(({ columns }) => String(columns.speaker));
  const labels =
    given.permuteLabels === 'none' ? asGiven : permuteWithinSpeaker(asGiven, speakers, (name) => context.random(name));
  const utterances: Utterance[] = [];
  for (const [index, row] of rows.entries()) {
    if (row.part !== 'train' && row.part !== 'development') throw new Error(`train was given the part ${row.part}`);
    const features = await readFeatures(row);
    requireShape(utterances[0]?.shape ?? features.shape, features);
    utterances.push({ ...features, part: row.part, label: labels[index] ?? 0 });
  }
  const trained = utterances.filter(({ part }) => part === 'train');
  const shape = trained[0]?.shape;
  if (!shape) throw new DataError('no-utterances', 'The training part of the fold is empty.');
  const scaling = fitScaling(trained, shape);
  return { segments: gatherSegments(utterances, context.engine.dataset(shape)), scaling, shape };
}

function gatherSegments(utterances: readonly Utterance[], data: EngineDataset): TrainingSegments {
  const [labels, frames, train, development]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const utterance of utterances) {
    data.add(utterance.features);
    for (const count of utterance.frames) {
      (utterance.part === 'development' ? development : train).push(labels.length);
      labels.push(utterance.label);
      frames.push(count);
    }
  }
  return { data, labels, frames, train, development };
}

function weightsOf({ labels, train: rows }: TrainingSegments, { classes, classWeights }: Parameters): number[] {
  const weights = inverseFrequencyWeights(
    rows.map((row) => labels[row] ?? 0),
    classes,
  );
  return classWeights === 'none' ? classes.map(() => 1) : weights;
}

function requireDevelopment(development: readonly number[], patience: number | undefined): void {
  if (patience === undefined || development.length > 0) return;
  throw new DataError(
    'no-development-data',
    'Early stopping (`patience`) needs a development part, and the fold has none.',
    {
      advice: 'Set `development` of the split, or leave `patience` out to train for a fixed number of epochs.',
    },
  );
}
