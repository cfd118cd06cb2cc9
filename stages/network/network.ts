import type { Engine, EngineDataset, NumericArray, RandomStream } from '../../src/stage/index.ts';
import type { NetworkConfig } from './config.ts';
import type { Optimiser } from './optimiser.ts';
import type { Scaling } from './scaling.ts';

/** What the network is built for. */
export interface NetworkShape {
  /** [frames, scales, strips] of one segment. */
  readonly input: readonly number[];
  readonly classes: number;
}

/** Some rows of a data set. */
export interface Batch {
  readonly data: EngineDataset;
  readonly rows: readonly number[];
  /** Real, unpadded frames of each row; used with `mask: valid` alone. */
  readonly frames: readonly number[];
}

export interface TrainBatch extends Batch {
  /** Class index of each row. */
  readonly labels: readonly number[];
  /** Weight of each class in the loss. */
  readonly classWeights: readonly number[];
}

export interface Prediction {
  /** Row-major [rows, classes]. */
  readonly probabilities: Float32Array;
  /** Row-major [rows, steps]. */
  readonly attention: Float32Array;
}

export interface Network {
  /** Steps of the sequence that the LSTM sees. */
  readonly steps: number;
  /** How many numbers are learned. */
  readonly size: number;
  /**
   * One update of all weights. Dropout takes its random numbers from `random`.
   * @returns the loss before the update: cross-entropy, mean over the rows weighted by class
   */
  trainStep(
    batch: TrainBatch,
    options: { readonly optimiser: Optimiser; readonly rate: number; readonly random: RandomStream },
  ): Promise<number>;
  /** With the moving statistics and without dropout. */
  predict(batch: Batch): Promise<Prediction>;
  /** All weights and moving statistics by name, such as `block1.filter`. */
  weights(): Promise<Record<string, NumericArray>>;
  /** Sets what `weights` gave. Throws when a name or shape differs. */
  load(weights: Readonly<Record<string, NumericArray>>): void;
}

/**
 * Builds the network of the paper. Initial values come from `random`.
 * Throws `DataError` `network-shape` when the blocks leave nothing for the LSTM or the lists do not fit `depth`.
 * `scaling` standardises every row that is gathered.
 */
export function createNetwork(
  _engine: Engine,
  _config: NetworkConfig,
  _shape: NetworkShape,
  _scaling: Scaling,
  _random: RandomStream,
): Network {
  throw new Error('not yet');
}
