import { describe, expect, test } from 'vitest';
import { randomStream, type Engine, type NumericArray } from '../../../src/stage/index.ts';
import { createNetwork, createOptimiser, type NetworkConfig } from '../../../stages/network/index.ts';
import { wasmEngine } from '../../support/network-fixture.ts';
import { configuration, optimiserSettings } from './configuration.ts';

const input = [24, 16, 3];
const rowSize = 24 * 16 * 3;
const rows = 12;
const scaling = { mean: new Float32Array(48).fill(0.1), deviation: new Float32Array(48).fill(1.5) };

/** Made-up rows whose class decides which scales are loud, and a network of its own engine. */
async function build(changes: Partial<NetworkConfig> = {}, seed = 'weights') {
  const engine = await wasmEngine();
  const config = configuration({ filters: [4, 6, 8], ...changes });
  const network = createNetwork(engine, config, { input, classes: 2 }, scaling, randomStream(seed));
  const data = engine.dataset(input);
  const random = randomStream('data');
  data.add(
    Float32Array.from({ length: rows * rowSize }, (_, at) => {
      const [row, scale] = [Math.floor(at / rowSize), Math.floor(at / 3) % 16];
      return random.normal() + (row % 2 === Math.floor(scale / 8) ? 1 : 0);
    }),
  );
  return { engine, network, data };
}

type Built = Awaited<ReturnType<typeof build>>;

function batchOf({ data }: Built, chosen: readonly number[]) {
  return {
    data,
    rows: chosen,
    frames: chosen.map((row) => 1 + 2 * row),
    labels: chosen.map((row) => row % 2),
    classWeights: [1, 1],
  };
}

async function train(built: Built, optimiser: ReturnType<typeof createOptimiser>, steps: number, from = 0) {
  const losses: number[] = [];
  for (let step = from; step < from + steps; step++) {
    const chosen = randomStream(`batch ${step}`).shuffled(Array.from({ length: rows }, (_, row) => row));
    const random = randomStream(`dropout ${step}`);
    losses.push(await built.network.trainStep(batchOf(built, chosen.slice(0, 7)), { optimiser, rate: 0.01, random }));
  }
  return losses;
}

const adam = (engine: Engine) => createOptimiser(engine, optimiserSettings('adam'));
const everything = Array.from({ length: rows }, (_, row) => row);
const dropout = { sequence: 0.1, pooled: 0.3, dense: 0.3 };

test('a network without initial values answers by the weights that it is given', async () => {
  const built = await build();
  await train(built, adam(built.engine), 2);
  const { engine, network: trained } = built;
  const shape = { input, classes: 2 };
  const empty = createNetwork(engine, configuration({ filters: [4, 6, 8] }), shape, scaling, undefined);
  const initial = await empty.weights();
  expect(
    ['block1.filter', 'lstm.forward.recurrent', 'output.weights'].flatMap((name) => [...new Set(initial[name]?.data)]),
  ).toEqual([0, 0, 0]);
  empty.load(await trained.weights());
  expect(await empty.predict(batchOf(built, everything))).toEqual(await trained.predict(batchOf(built, everything)));
});

describe('training', () => {
  test('gives the same bits each time', async () => {
    const run = async () => {
      const built = await build({ dropout });
      const losses = await train(built, adam(built.engine), 5);
      return { losses, weights: await built.network.weights() };
    };
    expect(await run()).toEqual(await run());
  });

  test.each(['adam', 'sgd'] as const)('goes on from a checkpoint of %s with the same bits', async (kind) => {
    const whole = await build({ dropout });
    const optimiser = createOptimiser(whole.engine, optimiserSettings(kind));
    await train(whole, optimiser, 3);
    const [weights, state] = [await whole.network.weights(), await optimiser.state()];
    const losses = await train(whole, optimiser, 3, 3);

    const resumed = await build({ dropout }, 'other weights');
    const other = createOptimiser(resumed.engine, optimiserSettings(kind));
    await train(resumed, other, 1);
    resumed.network.load(weights);
    other.restore(state);
    expect(await train(resumed, other, 3, 3)).toEqual(losses);
    expect(await resumed.network.weights()).toEqual(await whole.network.weights());
    expect(await other.state()).toEqual(await optimiser.state());
  });

  test('learns to tell two made-up classes apart', async () => {
    const built = await build();
    await train(built, adam(built.engine), 40);
    const { probabilities } = await built.network.predict(batchOf(built, everything));
    const right = everything.filter((row) => (probabilities[2 * row + (row % 2)] ?? 0) > 0.5);
    expect(right).toEqual(everything);
  });

  test('holds no more memory after more steps', async () => {
    const built = await build({ dropout, mask: 'valid' });
    const optimiser = adam(built.engine);
    await train(built, optimiser, 2);
    const before = built.engine.memory();
    await train(built, optimiser, 10);
    await built.network.predict(batchOf(built, everything));
    expect(built.engine.memory()).toEqual(before);
    expect(before.used).toBeGreaterThan(0);
  });
});

describe('the gradient', () => {
  // Smooth networks: kinks of pooling and activations would blur differences as large as float32 needs them.
  const smooth = { leak: 1, dense: 0 };
  test.each<Partial<NetworkConfig>>([
    { mask: 'valid', pools: [1, 1, 1].map(() => [1, 1]) },
    { convolution: '3d', filters: [2, 3, 4], pools: [1, 1, 1].map(() => [1, 1, 1]) },
  ])('agrees with finite differences: %o', async (changes) => {
    const built = await build({ ...smooth, ...changes });
    const batch = batchOf(built, everything);
    const { gradients } = await built.network.gradients(batch);
    const weights = await built.network.weights();
    const lossAt = async (name: string, shift: (at: number) => number) => {
      const { shape, data } = weights[name] ?? expect.fail(name);
      const moved = Float32Array.from(data, (value, at) => value + shift(at));
      built.network.load({ ...weights, [name]: { shape, data: moved } });
      return (await built.network.gradients(batch)).loss;
    };
    let checked = 0;
    for (const [name, { data }] of Object.entries(gradients)) {
      const length = Math.sqrt([...data].reduce((sum, value) => sum + value * value, 0));
      const step = Math.min(0.02, 0.01 / length);
      if (length < 0.02) continue;
      const along = (sign: number) => (at: number) => (sign * step * (data[at] ?? 0)) / length;
      const slope = ((await lossAt(name, along(1))) - (await lossAt(name, along(-1)))) / (2 * step);
      expect(Math.abs(slope - length) / length, name).toBeLessThan(0.01);
      checked++;
    }
    expect(checked).toBeGreaterThan(10);
  });
});

describe('dropout', () => {
  test('depends on the random numbers in training, and is not there in prediction', async () => {
    const built = await build({ dropout });
    const batch = batchOf(built, everything);
    const lossWith = async (name: string) => (await built.network.gradients(batch, randomStream(name))).loss;
    expect(await lossWith('a')).toBe(await lossWith('a'));
    expect(await lossWith('a')).not.toBe(await lossWith('b'));
    expect(await built.network.predict(batch)).toEqual(await built.network.predict(batch));
  });
});

describe('prediction', () => {
  test('of a row does not depend on the other rows', async () => {
    const built = await build({ mask: 'valid' });
    await train(built, adam(built.engine), 2);
    const all = await built.network.predict(batchOf(built, everything));
    const many = await built.network.predict(
      batchOf(built, [...everything, ...everything, ...everything, ...everything]),
    );
    const one = await built.network.predict(batchOf(built, [5]));
    expect(one.probabilities).toEqual(all.probabilities.slice(10, 12));
    expect(many.probabilities.slice(-24)).toEqual(all.probabilities);
    expect(many.attention.length).toBe(48 * built.network.steps);
  });

  test('with a mask gives no attention to steps without a real frame', async () => {
    const built = await build({ mask: 'valid' });
    const { attention } = await built.network.predict({ data: built.data, rows: [0, 1, 2], frames: [1, 9, 24] });
    expect(built.network.steps).toBe(3);
    const used = [...attention].map((weight) => weight > 0);
    expect(used).toEqual([true, false, false, true, true, false, true, true, true]);
  });

  test('changes with its weights alone', async () => {
    const one = await build({}, 'one');
    const other = await build({}, 'other');
    const batch = (built: Built) => batchOf(built, everything);
    const before = await other.network.predict(batch(other));
    other.network.load(await one.network.weights());
    const after = await other.network.predict(batch(other));
    expect(after).not.toEqual(before);
    expect(after).toEqual(await one.network.predict(batch(one)));
  });
});

describe('weights of another network are refused', () => {
  test.each([
    ['a missing one', ({ 'output.bias': _, ...rest }: Weights) => rest, /output.bias is missing/],
    ['one too many', (weights: Weights) => ({ ...weights, more: floats([1]) }), /more not known/],
    ['another shape', (weights: Weights) => ({ ...weights, 'output.bias': floats([3]) }), /output.bias is \[3\]/],
  ])('%s', async (_, change, message) => {
    const { network } = await build();
    const weights = await network.weights();
    expect(() => network.load(change(weights))).toThrow(message);
  });
});

type Weights = Record<string, NumericArray>;

function floats(shape: number[]): NumericArray {
  return { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) };
}
