import type { Engine, EngineDataset, EngineTensor, NumericArray, RandomStream } from '../../src/stage/index.ts';
import type { NetworkConfig } from './config.ts';
import { attention, dense, dropout, featureBlock, recurrent, sequence, type Layer, type Pass } from './layers.ts';
import type { NamedTensors, Optimiser } from './optimiser.ts';
import type { Scaling } from './scaling.ts';
import { planNetwork, type NetworkPlan } from './shapes.ts';
import { loadAll, readAll } from './weights.ts';

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

export interface TrainOptions {
  readonly optimiser: Optimiser;
  /** Learning rate of this step. */
  readonly rate: number;
  /** Where dropout takes its random numbers. */
  readonly random: RandomStream;
}

export interface Prediction {
  /** Row-major [rows, classes]. */
  readonly probabilities: Float32Array;
  /** Row-major [rows, steps]: how much each step counts; a row's weights sum to 1. */
  readonly attention: Float32Array;
}

export interface Network {
  /** Steps of the sequence that the LSTM sees, and how many frames of the input are in each, from the first. */
  readonly steps: number;
  readonly framesPerStep: number;
  /** How many numbers are learned. */
  readonly size: number;
  /**
   * One update of all weights.
   * @returns the loss before the update: cross-entropy, mean over the rows weighted by class
   */
  trainStep(batch: TrainBatch, options: TrainOptions): Promise<number>;
  /** The loss of `trainStep` and its gradient by every weight, without an update, for checks. */
  gradients(
    batch: TrainBatch,
    random?: RandomStream,
  ): Promise<{ loss: number; gradients: Record<string, NumericArray> }>;
  /** With the moving statistics and without dropout; any number of rows. */
  predict(batch: Batch): Promise<Prediction>;
  /** All weights and moving statistics by name, such as `block1.filter`. */
  weights(): Promise<Record<string, NumericArray>>;
  /** Sets what `weights` gave. Throws `DataError` `network-weights` when a name or shape differs. */
  load(weights: Readonly<Record<string, NumericArray>>): void;
}

/** Rows that `predict` takes at once, to bound memory. */
const PREDICTED_AT_ONCE = 40;

/**
 * Builds the network: feature learning blocks, bidirectional LSTM, attention, dense layer, output. Initial values come
 * from `random`, and are zeros without it, to be set by `load`; every row is standardised by `scaling`.
 * Throws `DataError` `network-shape` when the blocks leave nothing for the LSTM or the lists do not fit `depth`.
 */
export function createNetwork(
  engine: Engine,
  config: NetworkConfig,
  shape: NetworkShape,
  scaling: Scaling,
  random: RandomStream | undefined,
): Network {
  const plan = planNetwork(config, shape.input);
  const parts = buildLayers(engine, config, plan, shape.classes, random);
  const layers = [...parts.before, parts.attention, ...parts.after];
  const parameters = merged(layers.map((layer) => layer.parameters));
  const stored = { ...parameters, ...merged(layers.map((layer) => layer.buffers)) };
  const standard = shape.input.slice(1);
  const mean = engine.tensor(standard, scaling.mean);
  const scale = engine.tensor(
    standard,
    scaling.deviation.map((deviation) => 1 / deviation),
  );

  const gather = ({ data, rows }: Batch) =>
    engine.reshape(engine.gather(data, rows, mean, scale), [rows.length, ...plan.input]);
  const passOf = (batch: Batch, stream?: RandomStream): Pass => ({
    random: stream,
    lengths: config.mask === 'valid' ? batch.frames.map((frames) => validSteps(frames, plan)) : undefined,
    inputGradient: true,
  });
  const lossAndGradients = (batch: TrainBatch, stream: RandomStream | undefined) =>
    engine.scope((keep) => {
      const run = forward(layers, gather(batch), passOf(batch, stream));
      const { loss, gradient } = engine.crossEntropy(run.output, batch.labels, batch.classWeights);
      const gradients = run.backward(gradient);
      for (const tensor of Object.values(gradients)) keep(tensor);
      return { loss: keep(loss), gradients };
    });
  const predictSome = async (batch: Batch): Promise<Prediction> => {
    const { probabilities, weights } = engine.scope((keep) => {
      const pass = passOf(batch);
      const encoded = parts.before.reduce((x, layer) => layer.infer(x, pass), gather(batch));
      const weighed = parts.attention.weigh(encoded, pass);
      const logits = parts.after.reduce((x, layer) => layer.infer(x, pass), weighed.output);
      return { probabilities: keep(engine.softmax(logits)), weights: keep(weighed.weights) };
    });
    const prediction = { probabilities: await engine.read(probabilities), attention: await engine.read(weights) };
    engine.dispose(probabilities, weights);
    return prediction;
  };

  return {
    steps: plan.steps,
    framesPerStep: plan.framesPerStep,
    size: Object.values(parameters).reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0),
    async trainStep(batch, options) {
      const { loss, gradients } = lossAndGradients(batch, options.random);
      options.optimiser.update(parameters, gradients, options.rate);
      const [value = NaN] = await engine.read(loss);
      engine.dispose(loss, ...Object.values(gradients));
      return value;
    },
    async gradients(batch, stream) {
      const { loss, gradients } = lossAndGradients(batch, stream);
      const result = { loss: (await engine.read(loss))[0] ?? NaN, gradients: await readAll(engine, gradients) };
      engine.dispose(loss, ...Object.values(gradients));
      return result;
    },
    async predict(batch) {
      const { rows } = batch;
      const probabilities = new Float32Array(rows.length * shape.classes);
      const weights = new Float32Array(rows.length * plan.steps);
      for (let start = 0; start < rows.length; start += PREDICTED_AT_ONCE) {
        const end = start + PREDICTED_AT_ONCE;
        const some = await predictSome({
          data: batch.data,
          rows: rows.slice(start, end),
          frames: batch.frames.slice(start, end),
        });
        probabilities.set(some.probabilities, start * shape.classes);
        weights.set(some.attention, start * plan.steps);
      }
      return { probabilities, attention: weights };
    },
    weights: () => readAll(engine, stored),
    load: (weights) => loadAll(engine, stored, weights),
  };
}

function buildLayers(
  engine: Engine,
  config: NetworkConfig,
  plan: NetworkPlan,
  classes: number,
  random: RandomStream | undefined,
) {
  const width = 2 * config.lstm;
  const before = [
    ...plan.blocks.map((block, index) => featureBlock(engine, `block${index + 1}`, block, config, random)),
    sequence(engine, plan.steps, plan.features),
    dropout(engine, config.dropout.sequence),
    recurrent(engine, 'lstm', plan.features, config.lstm, random),
  ];
  const pooling = attention(engine, 'attention', width, random);
  const hidden =
    config.dense > 0
      ? [dense(engine, 'dense', width, config.dense, 'relu', random), dropout(engine, config.dropout.dense)]
      : [];
  const output = dense(engine, 'output', config.dense > 0 ? config.dense : width, classes, 'none', random);
  return { before, attention: pooling, after: [dropout(engine, config.dropout.pooled), ...hidden, output] };
}

/** Runs all layers; `backward` runs them back and collects the gradients by name. */
function forward(layers: readonly Layer[], input: EngineTensor, pass: Pass) {
  let x = input;
  const runs = layers.map((layer, index) => {
    const run = layer.train(x, { ...pass, inputGradient: index > 0 });
    x = run.output;
    return run;
  });
  return {
    output: x,
    backward(outputGradient: EngineTensor): NamedTensors {
      let gradient: EngineTensor | undefined = outputGradient;
      const gradients: NamedTensors[] = [];
      for (const run of runs.reverse()) {
        if (!gradient) break;
        const back = run.backward(gradient);
        gradients.push(back.parameters);
        gradient = back.input;
      }
      return merged(gradients);
    },
  };
}

/** Steps that hold at least one real frame; what pooling drops at the end belongs to no step. */
function validSteps(frames: number, plan: NetworkPlan): number {
  return Math.max(1, Math.min(plan.steps, Math.ceil(frames / plan.framesPerStep)));
}

function merged(records: readonly NamedTensors[]): NamedTensors {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record)));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
