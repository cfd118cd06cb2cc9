/**
 * Milliseconds for the scalograms of 1000 frames of 400 samples at 64 scales, one thread, beside SciPy's FFT in float32 in
 * the same run, by turns. `PYTHON` names a Python that has SciPy; without one, ours alone. Prints one JSON line.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { framesAtOnce, createKernel } from '../stages/scalogram/kernel.ts';
import { geometricScales } from '../stages/scalogram/morlet.ts';
import { randomStream } from '../src/stage/index.ts';
import { median } from './support/measure-process.ts';

const rounds = 21;

async function main(): Promise<void> {
  const ours = await createOurs();
  const scipy = await startScipy(process.env.PYTHON ?? 'python3');
  const [own, other]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    own?.push(ours());
    if (scipy) other?.push(await scipy.measure());
  }
  scipy?.stop();
  const figures = (list: number[] = []) => ({ median: median(list), best: Math.min(...list) });
  const [kernel, fft] = [figures(own), figures(other)];
  const beside = scipy && {
    [scipy.name]: fft,
    ratioOfMedians: kernel.median / fft.median,
    ratioOfBest: kernel.best / fft.best,
  };
  console.log(
    JSON.stringify({ node: process.version, frames: 1000, scales: 64, rounds, milliseconds: kernel, ...beside }),
  );
}

async function createOurs(): Promise<() => number> {
  const kernel = await createKernel(readFileSync('stages/scalogram/build/kernel.wasm'), {
    frameLength: 400,
    scales: geometricScales(64, { lowest: 60, highest: 7600 }, 5, 16000),
    strips: 20,
    omega0: 5,
    sigma: 1,
    logOffset: 1e-3,
  });
  const random = randomStream('bench');
  kernel.frames.forEach((_, index) => (kernel.frames[index] = random.normal()));
  return () => {
    const started = performance.now();
    for (let done = 0; done < 1000; done += framesAtOnce) kernel.run();
    return performance.now() - started;
  };
}

async function startScipy(python: string) {
  const child = spawn(python, ['bench/support/scalogram.py'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  const lines: AsyncIterator<string, undefined> = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async () => (await lines.next()).value;
  const name = await nextLine();
  if (name === undefined) return undefined;
  return {
    name,
    async measure() {
      child.stdin.write('\n');
      return Number(await nextLine());
    },
    stop: () => child.stdin.end(),
  };
}

await main();
