// Scalograms of 1000 frames of 400 samples at 64 scales, one thread, beside those who transform by wavelets in Python, by turns.
import { readFileSync } from 'node:fs';
import { framesAtOnce, createKernel } from '../stages/scalogram/kernel.ts';
import { geometricScales } from '../stages/scalogram/morlet.ts';
import { randomStream } from '../src/stage/index.ts';
import { rounds } from './support/mode.ts';
import { startPeer } from './support/peer.ts';
import { reportRow } from './support/row.ts';

const what = 'scalograms of 1000 frames, 64 scales, 1 thread';
/** Those that only transform are not asked for magnitudes and their means, which ours include. */
const peers = [
  { library: 'scipy', aim: 0.35 },
  { library: 'fcwt', aim: 1 },
  { library: 'ssqueezepy' },
  { library: 'pywavelets' },
];

async function main(): Promise<void> {
  const measureOurs = await createOurs();
  for (const { library, aim } of peers) {
    const row = { what, unit: 'ms', ...(aim !== undefined && { aim }) };
    const peer = await startPeer('bench/support/scalogram.py', library);
    const [ours, theirs]: [number[], number[]] = [[], []];
    try {
      for (let round = 0; round < rounds(11); round++) {
        ours.push(measureOurs());
        if ('measure' in peer) theirs.push(await peer.measure());
      }
    } finally {
      if ('stop' in peer) peer.stop();
    }
    if ('measure' in peer) reportRow({ ...row, ours, theirs: { name: peer.name, values: theirs } });
    else reportRow({ what, unit: 'ms', ours, note: `${library}: ${peer.absent}` });
  }
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
  const measure = () => {
    const started = performance.now();
    for (let done = 0; done < 1000; done += framesAtOnce) kernel.run();
    return performance.now() - started;
  };
  measure();
  return measure;
}

await main();
