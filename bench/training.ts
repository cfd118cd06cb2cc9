// Seconds of one training epoch of the reference network, for each engine that is here, beside PyTorch and Keras with as many
// threads, by turns. See support/train_torch.py for the work: 481 made-up tensors of 166 x 64 x 20, batch 40, Adam.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { readInstalled } from '../src/engine/installed.ts';
import { environment } from '../src/engine/tensorflow/index.ts';
import { rounds } from './support/mode.ts';
import { startPeer, startProgram, type Absence, type Peer } from './support/peer.ts';
import { reportRow } from './support/row.ts';
import { serveEpochs, tensorBytes } from './support/train-ours.ts';

/** A program that trains an epoch whenever it is asked to. */
interface Contestant {
  readonly title: string;
  readonly started: Peer | Absence;
  readonly seconds: number[];
}

/** What an epoch should take at most, as a share of PyTorch's with as many threads. */
const aims: Readonly<Record<string, number>> = { 'tensorflow 2': 1, 'wasm 1': 6 };
/** Beyond 1.3 times the data, for the engine itself. */
const spareMebibytes = 600;

const [, , child, engine = '', threads = ''] = process.argv;
if (child === 'ours') await serveEpochs(engine, Number(threads));
else for (const count of [1, 2]) await compare(count);

async function compare(threads: number): Promise<void> {
  const ours = await Promise.all((threads === 1 ? ['wasm', 'tensorflow'] : ['tensorflow']).map(start));
  const theirs: Contestant[] = [
    { title: 'PyTorch', started: await startPeer('bench/support/train_torch.py', String(threads)), seconds: [] },
    { title: 'Keras', started: await startPeer('bench/support/train_keras.py', String(threads)), seconds: [] },
  ];
  const all = [...ours, ...theirs];
  // The first epoch compiles and grows the memory.
  for (let round = 0; round <= rounds(7); round++) {
    for (const { started, seconds } of all) {
      if (!('measure' in started)) continue;
      const value = await started.measure();
      if (round > 0) seconds.push(value);
    }
  }
  for (const own of ours) report(own, theirs, threads);
  for (const { started } of all) if ('stop' in started) started.stop();

  async function start(name: string): Promise<Contestant> {
    const title = `${name}, ${threads} thread${threads === 1 ? '' : 's'}`;
    if (name === 'tensorflow' && !readInstalled('tensorflow')) {
      return { title, started: { absent: 'not installed: pipe engine install tensorflow' }, seconds: [] };
    }
    const env = { ...process.env, ...(name === 'tensorflow' ? environment : {}) };
    const words = [fileURLToPath(import.meta.url), 'ours', name, String(threads)];
    return { title, started: await startProgram(process.execPath, words, env), seconds: [] };
  }
}

function report({ title, started, seconds: ours }: Contestant, theirs: readonly Contestant[], threads: number): void {
  const what = `training epoch, ${title}`;
  if (!('measure' in started)) {
    reportRow({ what, unit: 's', ours: [], note: started.absent });
    return;
  }
  const present = theirs.filter(({ started: peer }) => 'measure' in peer);
  const absent = theirs.flatMap(({ title: name, started: peer }) =>
    'absent' in peer ? [`${name}: ${peer.absent}`] : [],
  );
  for (const { title: name, started: peer, seconds } of present) {
    const aim = name === 'PyTorch' ? aims[`${engineOf(title)} ${threads}`] : undefined;
    const row = { what, unit: 's', ours, ...(aim === undefined ? {} : { aim }) };
    if ('measure' in peer) reportRow({ ...row, theirs: { name: peer.name, values: seconds } });
  }
  if (absent.length > 0) reportRow({ what, unit: 's', ours, note: absent.join('; ') });
  const peak = started.stop();
  const aim = Math.round((1.3 * tensorBytes) / 2 ** 20 + spareMebibytes);
  if (peak > 0) reportRow({ what: `peak memory of training, ${title}`, unit: 'MiB', ours: [peak], aim });
}

function engineOf(title: string): string {
  return title.split(',')[0] ?? '';
}
