import { DataError, type EngineDataset, type NumericArray, type StageContext } from '../../src/stage/index.ts';
import type { Network, Optimiser } from '../network/index.ts';
import { packState, unpackState, type SavedState } from './checkpoint.ts';
import { assess, type Assessment } from './assessment.ts';
import { scheduleFactor, type ScheduleConfig } from './schedule.ts';

/** The segments of the training and development parts, as rows of one data set. */
export interface TrainingSegments {
  readonly data: EngineDataset;
  /** Class index of each row. */
  readonly labels: readonly number[];
  /** Real, unpadded frames of each row. */
  readonly frames: readonly number[];
  /** Rows to learn from. */
  readonly train: readonly number[];
  /** Rows to watch, and to stop by; may be none. */
  readonly development: readonly number[];
}

/** What training asks of a network. */
export type Trainable = Pick<Network, 'trainStep' | 'predict' | 'weights' | 'load'>;

export interface TrainingOptions {
  readonly epochs: number;
  /** Rows of an update; the last one of an epoch has what is left. */
  readonly batchSize: number;
  readonly rate: number;
  readonly schedule: ScheduleConfig;
  /** Stop when the development part has not been recognised better for so many epochs, and go back to the best. */
  readonly patience: number | undefined;
  /** Give what there is after so many epochs, which may be fewer than `epochs`. */
  readonly stopAfter?: number | undefined;
  /** Weight of each class in the loss. */
  readonly classWeights: readonly number[];
}

export type EpochRecord = {
  /** From 1. */
  readonly epoch: number;
  /** Mean over the segments, each in its update, with dropout. */
  readonly loss: number;
  readonly development?: Assessment;
};

export interface Trained {
  readonly weights: Readonly<Record<string, NumericArray>>;
  readonly history: readonly EpochRecord[];
  /** The epoch that the weights are from. */
  readonly epoch: number;
  /** Its development UAR, 0 to 1; null without a development part. */
  readonly development: number | null;
}

/**
 * Trains a network by mini-batches. Its state is kept after each epoch; going on from there gives the same bits as
 * never having stopped, since each epoch has random streams of its own.
 *
 * @throws DataError `training-diverged` when the loss is not finite
 */
export async function train(
  network: Trainable,
  optimiser: Optimiser,
  segments: TrainingSegments,
  options: TrainingOptions,
  context: Pick<StageContext, 'random' | 'checkpoint' | 'progress' | 'signal'>,
): Promise<Trained> {
  const { saved, isBeyond } = await savedState(context, options);
  let state = saved === undefined ? { history: [], best: undefined } : restore(saved, network, optimiser);
  while (!isFinished(state, options)) {
    const epoch = state.history.length + 1;
    const loss = await runEpoch(epoch, network, optimiser, segments, options, context);
    const development = await assess(network, segments, options);
    const record: EpochRecord = development ? { epoch, loss, development } : { epoch, loss };
    const weights = await network.weights();
    const isBest = options.patience === undefined || (development !== undefined && isBetter(development, state.best));
    state = {
      history: [...state.history, record],
      best: isBest ? { epoch, weights, ...(development ? { development } : {}) } : state.best,
    };
    if (!isBeyond) await context.checkpoint.save(await pack(state, weights, optimiser));
    context.progress({
      epoch,
      epochs: options.epochs,
      loss,
      ...(development ? { developmentUar: development.uar } : {}),
    });
  }
  if (!state.best) throw new Error('training ended without an epoch');
  const { weights, epoch, development } = state.best;
  return { weights, history: state.history, epoch, development: development?.uar ?? null };
}

interface Best {
  readonly epoch: number;
  readonly development?: Assessment;
  readonly weights: Readonly<Record<string, NumericArray>>;
}

interface State {
  readonly history: readonly EpochRecord[];
  /** The weights to keep: without early stopping always the newest. */
  readonly best: Best | undefined;
}

function isFinished({ history, best }: State, { epochs, patience, stopAfter }: TrainingOptions): boolean {
  if (history.length >= Math.min(epochs, stopAfter ?? epochs)) return true;
  return patience !== undefined && best !== undefined && history.length - best.epoch >= patience;
}

/** A higher UAR, or the same one at a lower loss: the UAR of few segments has few values. */
function isBetter(now: Assessment, best: Best | undefined): boolean {
  if (!best?.development) return true;
  if (now.uar !== best.development.uar) return now.uar > best.development.uar;
  return now.loss < best.development.loss;
}

async function runEpoch(
  epoch: number,
  network: Trainable,
  optimiser: Optimiser,
  { data, labels, frames, train: rows }: TrainingSegments,
  options: TrainingOptions,
  context: Pick<StageContext, 'random' | 'signal'>,
): Promise<number> {
  const order = context.random(`order/${epoch}`).shuffled(rows);
  const random = context.random(`dropout/${epoch}`);
  const stepsPerEpoch = Math.ceil(order.length / options.batchSize);
  let sum = 0;
  for (let step = 0; step < stepsPerEpoch; step++) {
    context.signal.throwIfAborted();
    const batch = order.slice(step * options.batchSize, (step + 1) * options.batchSize);
    const done = (epoch - 1) * stepsPerEpoch + step;
    const rate = options.rate * scheduleFactor(options.schedule, done, { stepsPerEpoch, epochs: options.epochs });
    const loss = await network.trainStep(
      {
        data,
        rows: batch,
        frames: batch.map((row) => frames[row] ?? 0),
        labels: batch.map((row) => labels[row] ?? 0),
        classWeights: options.classWeights,
      },
      { optimiser, rate, random },
    );
    if (!Number.isFinite(loss)) {
      throw new DataError('training-diverged', `The loss is ${loss} in epoch ${epoch}, update ${step + 1}.`, {
        advice: 'Lower `rate`, or give `schedule` a few `warmupEpochs`.',
      });
    }
    sum += loss * batch.length;
  }
  return sum / order.length;
}

interface Facts {
  readonly history: readonly EpochRecord[];
  readonly best: { readonly epoch: number; readonly development?: Assessment } | null;
}

async function pack({ history, best }: State, weights: Best['weights'], optimiser: Optimiser): Promise<Uint8Array> {
  const facts: Facts = {
    history,
    best: best ? { epoch: best.epoch, ...(best.development ? { development: best.development } : {}) } : null,
  };
  const isNewest = best?.epoch === history.length;
  return packState({
    facts: JSON.stringify(facts),
    arrays: { weights, optimiser: await optimiser.state(), best: best && !isNewest ? best.weights : {} },
  });
}

/** The state to go on from. One beyond where this training stops is of no use, and is left to a longer one. */
async function savedState(
  { checkpoint }: Pick<StageContext, 'checkpoint'>,
  { epochs, stopAfter = epochs }: TrainingOptions,
): Promise<{ readonly saved: SavedState | undefined; readonly isBeyond: boolean }> {
  const bytes = await checkpoint.load();
  const saved = bytes && unpackState(bytes);
  const isBeyond = saved !== undefined && factsOf(saved).history.length > stopAfter;
  return { saved: isBeyond ? undefined : saved, isBeyond };
}

function restore(saved: SavedState, network: Trainable, optimiser: Optimiser): State {
  const { arrays } = saved;
  const { history, best } = factsOf(saved);
  const weights = arrays.weights ?? {};
  network.load(weights);
  optimiser.restore(arrays.optimiser ?? {});
  const isNewest = best?.epoch === history.length;
  return { history, best: best ? { ...best, weights: isNewest ? weights : (arrays.best ?? {}) } : undefined };
}

const factsOf = ({ facts }: SavedState): Facts => JSON.parse(facts) as Facts;
