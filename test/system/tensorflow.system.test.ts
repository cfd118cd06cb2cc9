import { expect, test } from 'vitest';
import { randomStream } from '../../src/stage/index.ts';
import { createNetwork, createOptimiser } from '../../stages/network/index.ts';
import { configuration, optimiserSettings } from '../stages/network/configuration.ts';
import { describeKernels, describeNetwork, describeRepeats, describeTensors } from '../support/engine-conformance.ts';
import { countTensors, describeLargeRepeat, tensorflowEngine } from '../support/tensorflow-engine.ts';

const threads = 2;
const create = () => tensorflowEngine(threads);

describeTensors('tensorflow', create);
describeKernels('tensorflow', create, { tolerance: 1e-5 });
describeNetwork('tensorflow', create);
describeRepeats('tensorflow', create);
describeLargeRepeat(threads);

test.each([
  ['2d', 'adam'],
  ['2d', 'sgd'],
  ['3d', 'adam'],
] as const)('a step leaves as many tensors as there were before: %s, %s', async (convolution, kind) => {
  const before = countTensors(threads);
  const engine = await create();
  const random = randomStream('leaks');
  const input = [24, 16, 8];
  const scaling = { mean: new Float32Array(128), deviation: new Float32Array(128).fill(1) };
  const dropout = { sequence: 0.1, pooled: 0.3, dense: 0.3 };
  const config = configuration({ convolution, dropout, mask: 'valid' });
  const network = createNetwork(engine, config, { input, classes: 2 }, scaling, random);
  const optimiser = createOptimiser(engine, optimiserSettings(kind));
  const data = engine.dataset(input);
  data.add(Float32Array.from({ length: 4 * 24 * 128 }, () => random.normal()));
  const batch = { data, rows: [0, 1, 2, 3], frames: [5, 10, 20, 24], labels: [0, 1, 0, 1], classWeights: [1, 1] };
  const counts: number[] = [];
  for (let step = 0; step < 4; step++) {
    await network.trainStep(batch, { optimiser, rate: 0.01, random });
    await network.gradients(batch, random);
    await network.predict(batch);
    counts.push(countTensors(threads));
  }
  // The first step makes the optimiser's variables.
  expect(new Set(counts.slice(1)).size).toBe(1);
  engine.close();
  expect(countTensors(threads)).toBe(before);
});

test('an operation that fails leaves no tensor', async () => {
  const engine = await create();
  const [x, weights, bias] = [engine.tensor([2, 3]), engine.tensor([4, 5]), engine.tensor([5])];
  const before = countTensors(threads);
  expect(() => engine.dense(x, weights, bias)).toThrow();
  expect(() => engine.convolution(x, weights)).toThrow('no convolution of [2, 3] with a filter [4, 5]');
  expect(countTensors(threads)).toBe(before);
  engine.close();
});

test('batch normalisation of a single position has no variance, and keeps the moving one finite', async () => {
  const engine = await create();
  const parameters = {
    gamma: engine.tensor([2], Float32Array.of(1, 2)),
    beta: engine.tensor([2], Float32Array.of(3, 4)),
    mean: engine.tensor([2]),
    variance: engine.tensor([2], Float32Array.of(1, 1)),
  };
  const settings = { momentum: 0.1, epsilon: 1e-5, pool: [1, 1], leak: 0.1 };
  const x = engine.tensor([1, 1, 1, 2], Float32Array.of(5, 6));
  expect(await engine.read(engine.batchNorm(x, parameters, settings).output)).toEqual(Float32Array.of(3, 4));
  const [mean, variance] = [await engine.read(parameters.mean), await engine.read(parameters.variance)];
  expect([...mean, ...variance].map((value) => Number(value.toFixed(5)))).toEqual([0.5, 0.6, 0.9, 0.9]);
  engine.close();
});

test('rows are standardised in one way only', async () => {
  const engine = await create();
  const data = engine.dataset([2, 2]);
  data.add(Float32Array.of(1, 2, 3, 4));
  const [zero, one] = [engine.tensor([2]), engine.tensor([2], Float32Array.of(1, 1))];
  engine.gather(data, [0], zero, one);
  expect(() => engine.gather(data, [0], one, one)).toThrow('standardised in one way only');
  data.add(Float32Array.of(5, 6, 7, 8));
  expect(await engine.read(engine.gather(data, [1, 0], zero, one))).toEqual(Float32Array.of(5, 6, 7, 8, 1, 2, 3, 4));
  engine.close();
});

test('a process has one number of threads', async () => {
  await create();
  await expect(tensorflowEngine(1)).rejects.toThrow('with 2 threads, not from');
});
