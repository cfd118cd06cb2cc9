import { expect, test } from 'vitest';
import { readInstalled } from '../../src/engine/installed.ts';
import { loadBinding } from '../../src/engine/tensorflow/binding.ts';
import createTensorflowEngine from '../../src/engine/tensorflow/index.ts';
import { randomStream, type Engine } from '../../src/stage/index.ts';
import { createNetwork, createOptimiser } from '../../stages/network/index.ts';
import { configuration, optimiserSettings } from '../stages/network/configuration.ts';

/** The engine on the installed library. A process can have it with one number of threads only. */
export function tensorflowEngine(threads: number): Promise<Engine> {
  const folder = installedFolder();
  const asset = () => Promise.reject(new Error('no assets'));
  return createTensorflowEngine({ threads, asset, library: folder });
}

/** How many of TensorFlow's tensors there are in this process. */
export function countTensors(threads: number): number {
  return loadBinding(installedFolder(), threads).getNumOfTensors();
}

/** Tests that work large enough to be shared among threads gives the same bits again. */
export function describeLargeRepeat(threads: number): void {
  test(`training at full size gives the same bits again with ${threads} thread${threads > 1 ? 's' : ''}`, async () => {
    const [one, other] = [await trainLarge(threads), await trainLarge(threads)];
    expect(one).toEqual(other);
  });
}

async function trainLarge(threads: number) {
  const engine = await tensorflowEngine(threads);
  const random = randomStream('large');
  const input = [166, 64, 20];
  const [width, rows] = [64 * 20, 16];
  const scaling = { mean: new Float32Array(width), deviation: new Float32Array(width).fill(1) };
  const config = configuration({ lstm: 128, dense: 64 });
  const network = createNetwork(engine, config, { input, classes: 4 }, scaling, random);
  const optimiser = createOptimiser(engine, optimiserSettings('adam'));
  const data = engine.dataset(input);
  data.add(Float32Array.from({ length: rows * 166 * width }, () => 2 * random.uniform() - 1));
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    const chosen = random.shuffled(Array.from({ length: rows }, (_, row) => row));
    const batch = { data, rows: chosen, frames: chosen.map(() => 166), labels: chosen.map((row) => row % 4) };
    const options = { optimiser, rate: 1e-3, random };
    losses.push(await network.trainStep({ ...batch, classWeights: [1, 1, 1, 1] }, options));
  }
  const weights = await network.weights();
  engine.close();
  return { losses, weights };
}

export function installedFolder(): string {
  const installed = readInstalled('tensorflow');
  return (
    installed?.folder ?? expect.fail('The tensorflow engine is not installed: run `pipe engine install tensorflow`.')
  );
}
