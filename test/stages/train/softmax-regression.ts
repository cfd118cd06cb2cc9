import { randomStream, type EngineDataset, type NumericArray } from '../../../src/stage/index.ts';
import type { Optimiser } from '../../../stages/network/index.ts';
import type { Trainable } from '../../../stages/train/training.ts';

const features = 3;
const classes = 3;

/** A data set in plain arrays. */
export class PlainDataset implements EngineDataset {
  readonly rowShape = [features];
  readonly values: number[] = [];
  get rows(): number {
    return this.values.length / features;
  }
  add(values: Float32Array): void {
    this.values.push(...values);
  }
  dispose(): void {
    this.values.length = 0;
  }
}

/** Softmax regression with dropout of its inputs: the smallest network that has all that training must keep. */
export class SoftmaxRegression implements Trainable {
  readonly #weights: Float32Array;
  readonly #data: PlainDataset;
  /** Rates of the updates, to look at. */
  readonly rates: number[] = [];
  /** Rows of the updates, to look at. */
  readonly batches: (readonly number[])[] = [];

  constructor(data: PlainDataset) {
    this.#data = data;
    const random = randomStream('initial weights');
    this.#weights = Float32Array.from({ length: features * classes }, () => random.normal() * 0.1);
  }

  trainStep: Trainable['trainStep'] = async (batch, { optimiser, rate, random }) => {
    this.rates.push(rate);
    this.batches.push(batch.rows);
    const gradient = new Float32Array(features * classes);
    let [loss, weights] = [0, 0];
    batch.rows.forEach((row, index) => {
      const label = batch.labels[index] ?? 0;
      const weight = batch.classWeights[label] ?? 0;
      const input = this.#row(row).map((value) => (random.uniform() < 0.2 ? 0 : value / 0.8));
      const posteriors = this.#posteriors(input);
      loss -= weight * Math.log(posteriors[label] ?? 0);
      weights += weight;
      posteriors.forEach((posterior, column) => {
        const error = weight * (posterior - (column === label ? 1 : 0));
        input.forEach((value, line) => {
          const place = line * classes + column;
          gradient[place] = (gradient[place] ?? 0) + error * value;
        });
      });
    });
    if (!(optimiser instanceof Momentum)) throw new Error('this network needs its own optimiser');
    optimiser.apply(
      this.#weights,
      gradient.map((value) => value / weights),
      rate,
    );
    return Promise.resolve(loss / weights);
  };

  predict: Trainable['predict'] = ({ rows }) =>
    Promise.resolve({
      probabilities: Float32Array.from(rows.flatMap((row) => this.#posteriors(this.#row(row)))),
      attention: new Float32Array(rows.length).fill(1),
    });

  weights = (): Promise<Record<string, NumericArray>> =>
    Promise.resolve({ matrix: { shape: [features, classes], data: this.#weights.slice() } });

  load: Trainable['load'] = ({ matrix }) => {
    if (!(matrix?.data instanceof Float32Array)) throw new Error('no matrix');
    this.#weights.set(matrix.data);
  };

  #row(row: number): number[] {
    return this.#data.values.slice(row * features, (row + 1) * features);
  }

  #posteriors(input: readonly number[]): number[] {
    const logits = Array.from({ length: classes }, (_, column) =>
      input.reduce((sum, value, line) => sum + value * (this.#weights[line * classes + column] ?? 0), 0),
    );
    const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }
}

/** Gradient descent with momentum, which must be kept too. */
export class Momentum implements Optimiser {
  #velocity = new Float32Array(features * classes);

  apply(weights: Float32Array, gradient: Float32Array, rate: number): void {
    this.#velocity = this.#velocity.map((value, index) => 0.9 * value + (gradient[index] ?? 0));
    weights.set(weights.map((value, index) => value - rate * (this.#velocity[index] ?? 0)));
  }

  update(): void {
    throw new Error('for networks of an engine');
  }

  state = (): Promise<Record<string, NumericArray>> =>
    Promise.resolve({ velocity: { shape: [this.#velocity.length], data: this.#velocity.slice() } });

  restore: Optimiser['restore'] = ({ velocity }) => {
    if (velocity?.data instanceof Float32Array) this.#velocity = velocity.data.slice();
  };
}
