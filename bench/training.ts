// Seconds of one training epoch of the reference network on the wasm engine, in one thread, and of the same work in
// PyTorch, taken in turns, where PIPE_BENCH_PYTHON names a Python that has it. See bench/support/train_torch.py for the
// work: 481 made-up tensors of 166 x 64 x 20, batch 40, Adam. CPU seconds say more than wall time on a busy machine.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import createWasmEngine from '../src/engine/wasm/index.ts';
import { randomStream } from '../src/stage/index.ts';
import { median } from './support/measure-process.ts';
import { createNetwork, createOptimiser, type NetworkConfig } from '../stages/network/index.ts';

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

const epochs = Number(process.env.PIPE_BENCH_EPOCHS ?? 4);

interface Epoch {
  readonly wall: number;
  readonly cpu: number;
}

async function main(): Promise<void> {
  const python = process.env.PIPE_BENCH_PYTHON;
  const runEpoch = await prepareWasm();
  const ours: Epoch[] = [];
  const torch: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    ours.push(await runEpoch());
    if (python) torch.push(torchEpoch(python));
  }
  // The first epoch compiles and grows the memory.
  const [wall, cpu] = [
    median(ours.slice(1).map((epoch) => epoch.wall)),
    median(ours.slice(1).map((epoch) => epoch.cpu)),
  ];
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`wasm, 1 thread: ${wall.toFixed(2)} s an epoch, ${cpu.toFixed(2)} s of CPU; peak ${peak} MiB`);
  if (torch.length === 0) return;
  const theirs = median(torch.slice(1));
  console.log(`PyTorch, 1 thread: ${theirs.toFixed(2)} s an epoch; ours is ${(wall / theirs).toFixed(2)} times that`);
}

/** The second epoch of a fresh process. */
function torchEpoch(python: string): number {
  const output = execFileSync(python, ['bench/support/train_torch.py', '1', '2'], { encoding: 'utf8' });
  const { epochSeconds } = JSON.parse(output) as { epochSeconds: number };
  return epochSeconds;
}

async function prepareWasm(): Promise<() => Promise<Epoch>> {
  const asset = (name: string) => readFile(path.join('src/engine/wasm', name));
  const engine = await createWasmEngine({ threads: 1, asset });
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
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
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
    const { user, system } = process.cpuUsage(cpuStart);
    return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
  };
}

await main();
