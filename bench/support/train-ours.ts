import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { readInstalled } from '../../src/engine/installed.ts';
import createTensorflowEngine from '../../src/engine/tensorflow/index.ts';
import createWasmEngine from '../../src/engine/wasm/index.ts';
import { randomStream, type Engine } from '../../src/stage/index.ts';
import { createNetwork, createOptimiser, type NetworkConfig } from '../../stages/network/index.ts';

const config: NetworkConfig = {
  depth: 3,
  convolution: '2d',
  leak: 0.1,
  lstm: 128,
  mask: 'none',
  dense: 64,
  dropout: { sequence: 0, pooled: 0, dense: 0 },
  batchNorm: { momentum: 0.1, epsilon: 1e-5 },
};
const input = [166, 64, 20];
const [rows, batchSize] = [481, 40];

/** Size of the data set. */
export const tensorBytes = rows * 166 * 64 * 20 * 4;

/** Says the engine's name; then, for each line on standard input, trains an epoch and prints its seconds. */
export async function serveEpochs(name: string, threads: number): Promise<void> {
  const library = name === 'tensorflow' ? readInstalled('tensorflow') : undefined;
  const options = { threads, asset: (file: string) => readFile(path.join('src/engine', name, file)) };
  const create = name === 'tensorflow' ? createTensorflowEngine : createWasmEngine;
  const engine = await create(library ? { ...options, library: library.folder } : options);
  const runEpoch = prepare(engine);
  console.log(library ? library.library : name);
  for await (const _ of createInterface({ input: process.stdin })) {
    const started = performance.now();
    await runEpoch();
    console.log((performance.now() - started) / 1000);
  }
  engine.close();
}

function prepare(engine: Engine): () => Promise<void> {
  const random = randomStream('bench');
  const scaling = { mean: new Float32Array(64 * 20), deviation: new Float32Array(64 * 20).fill(1) };
  const network = createNetwork(engine, config, { input, classes: 4 }, scaling, random);
  const adam = { kind: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, momentum: 0.9 } as const;
  const optimiser = createOptimiser(engine, adam);
  const data = engine.dataset(input);
  for (let row = 0; row < rows; row++) {
    data.add(Float32Array.from({ length: 166 * 64 * 20 }, () => 2 * random.uniform() - 1));
  }
  const labels = Array.from({ length: rows }, () => random.integer(4));
  return async () => {
    const order = random.shuffled(labels.map((_, row) => row));
    for (let first = 0; first < rows; first += batchSize) {
      const chosen = order.slice(first, first + batchSize);
      const batch = {
        data,
        rows: chosen,
        frames: chosen.map(() => 166),
        labels: chosen.map((row) => labels[row] ?? 0),
        classWeights: [1, 1, 1, 1],
      };
      await network.trainStep(batch, { optimiser, rate: 1e-3, random });
    }
  };
}
