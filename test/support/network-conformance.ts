import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomStream, type Engine, type NumericArray } from '../../src/stage/index.ts';
import { createNetwork, createOptimiser } from '../../stages/network/index.ts';
import { configuration, optimiserSettings } from '../stages/network/configuration.ts';
import { expectClose, readFixture, unpack, type Packed } from './network-fixture.ts';

interface NetworkFixture {
  readonly convolution: '2d' | '3d';
  readonly mask: 'none' | 'valid';
  readonly input: readonly [number, number, number, number];
  readonly filters: number[];
  readonly kernels: number[][];
  readonly pools: number[][];
  readonly lstm: number;
  readonly dense: number;
  readonly classes: number;
  readonly optimiser: 'adam' | 'sgd';
  readonly rate: number;
  readonly data: Packed;
  readonly mean: Packed;
  readonly deviation: Packed;
  readonly frames: number[];
  readonly labels: number[];
  readonly classWeights: number[];
  readonly batches: number[][];
  readonly start: Readonly<Record<string, Packed>>;
  readonly losses: number[];
  readonly gradients: Readonly<Record<string, Packed>>;
  readonly end: Readonly<Record<string, Packed>>;
  readonly probabilities: Packed;
  readonly attention: Packed;
}

/** Tests the whole network against PyTorch in float64: the loss and its gradients within 1e-4, ten steps within 1e-3. */
export function describeNetwork(name: string, create: () => Promise<Engine>): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await create();
  });
  afterAll(() => engine.close());

  describe.each(['network-2d.json', 'network-3d.json'])(
    `%s: the network on ${name} agrees with PyTorch in float64`,
    (file) => {
      const fixture = readFixture(file) as NetworkFixture;

      test('on the loss and every gradient within 1e-4', async () => {
        const { network, batchOf } = build(engine, fixture);
        const { loss, gradients } = await network.gradients(batchOf(fixture.batches[0] ?? []));
        expect(loss).toBeCloseTo(fixture.losses[0] ?? NaN, 5);
        expect(Object.keys(gradients).sort()).toEqual(Object.keys(fixture.gradients).sort());
        for (const [weight, reference] of Object.entries(fixture.gradients)) {
          expectClose(floats(gradients[weight]), reference, 1e-4, weight);
        }
      });

      test(`after ten steps of ${fixture.optimiser} within 1e-3, and then on what it predicts`, async () => {
        const { network, batchOf, losses } = await train(engine, fixture);
        losses.forEach((loss, step) =>
          expect(loss, `loss of step ${step}`).toBeCloseTo(fixture.losses[step] ?? NaN, 3),
        );
        const weights = await network.weights();
        for (const [weight, reference] of Object.entries(fixture.end)) {
          expectClose(floats(weights[weight]), reference, 1e-3, weight);
        }
        const { probabilities, attention } = await network.predict(batchOf(fixture.labels.map((_, row) => row)));
        expectClose(probabilities, fixture.probabilities, 1e-3, 'probabilities');
        expectClose(attention, fixture.attention, 1e-3, 'attention');
      });
    },
  );
}

/** Tests that the same training gives the same bits, in one engine and in another. */
export function describeRepeats(name: string, create: () => Promise<Engine>): void {
  test.each(['network-2d.json', 'network-3d.json'])(`%s: the ${name} engine trains to the same bits`, async (file) => {
    const fixture = readFixture(file) as NetworkFixture;
    const engines = [await create(), await create()];
    const runs: unknown[] = [];
    for (const engine of [...engines, ...engines]) {
      const { network, losses } = await train(engine, fixture);
      runs.push({ losses, weights: await network.weights() });
    }
    for (const run of runs) expect(run).toEqual(runs[0]);
    for (const engine of engines) engine.close();
  });
}

async function train(engine: Engine, fixture: NetworkFixture) {
  const { network, batchOf } = build(engine, fixture);
  const optimiser = createOptimiser(engine, optimiserSettings(fixture.optimiser));
  const losses: number[] = [];
  for (const rows of fixture.batches) {
    losses.push(
      await network.trainStep(batchOf(rows), { optimiser, rate: fixture.rate, random: randomStream('none') }),
    );
  }
  return { network, batchOf, losses };
}

function build(engine: Engine, fixture: NetworkFixture) {
  const config = configuration({
    convolution: fixture.convolution,
    mask: fixture.mask,
    filters: fixture.filters,
    kernels: fixture.kernels,
    pools: fixture.pools,
    lstm: fixture.lstm,
    dense: fixture.dense,
  });
  const scaling = { mean: unpack(fixture.mean), deviation: unpack(fixture.deviation) };
  const shape = { input: fixture.input.slice(1), classes: fixture.classes };
  const network = createNetwork(engine, config, shape, scaling, randomStream('test'));
  network.load(Object.fromEntries(Object.entries(fixture.start).map(([name, value]) => [name, arrayOf(value)])));
  const data = engine.dataset(shape.input);
  data.add(unpack(fixture.data));
  const batchOf = (rows: readonly number[]) => ({
    data,
    rows,
    frames: rows.map((row) => fixture.frames[row] ?? 0),
    labels: rows.map((row) => fixture.labels[row] ?? 0),
    classWeights: fixture.classWeights,
  });
  return { network, batchOf };
}

function arrayOf(packed: Packed): NumericArray {
  return { shape: packed.shape, data: unpack(packed) };
}

function floats(array: NumericArray | undefined): Float32Array {
  if (!(array?.data instanceof Float32Array)) return expect.fail('not float32');
  return array.data;
}
