// The whole experiment of pipelines/emodb.yaml, from nothing to its summary, beside a plain PyTorch script that does the same
// work in sequence (support/loso_torch.py). PIPE_BENCH_EPOCHS and PIPE_BENCH_SEEDS change how much of it, PIPE_BENCH_ROUNDS how
// often by turns, each round with the next seeds.
import process from 'node:process';
import { emodbFolder, noEmodb, runPipe, runTorch, type EmodbRun, type TorchRun } from './support/emodb.ts';
import { mode } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const { env } = process;
const usual = { quick: { seeds: 1, epochs: 1 }, normal: { seeds: 1, epochs: 20 }, full: { seeds: 5, epochs: 40 } }[
  mode()
];
const seeds = Number(env['PIPE_BENCH_SEEDS'] ?? usual.seeds);
const epochs = Number(env['PIPE_BENCH_EPOCHS'] ?? usual.epochs);
const rounds = Number(env['PIPE_BENCH_ROUNDS'] ?? 1);
const engine = env['PIPE_BENCH_ENGINE'] ?? 'auto';
const what = `leave one speaker out, 10 folds x ${seeds} seeds x ${epochs} epochs, engine ${engine}`;
/**
 * The largest training set, MiB: of 479 segments, 166 frames x 64 scales x 20 strips in float32, all but the 26 of the speaker with
 * the fewest.
 */
const trainingMebibytes = ((479 - 26) * 166 * 64 * 20 * 4) / 2 ** 20;

const corpus = emodbFolder();
if (corpus) await measure(corpus);
else reportRow({ what, unit: 's', ours: [], aim: 1, note: noEmodb });

async function measure(folder: string): Promise<void> {
  const [ours, theirs]: [EmodbRun[], TorchRun[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const list = Array.from({ length: seeds }, (_, index) => 1 + round * seeds + index);
    const set = ['--set', `params.epochs=${epochs}`, '--set', `params.seeds=[${list.join(',')}]`, '--engine', engine];
    let run: EmodbRun;
    try {
      run = await runPipe(folder, ...set);
    } catch {
      reportRow({ what, unit: 's', ours: [], aim: 1, note: 'pipe run failed: see above' });
      process.exitCode = 1;
      return;
    }
    const first = String(1 + round * seeds);
    const torch = await runTorch(folder, '--epochs', String(epochs), '--seeds', String(seeds), '--first-seed', first);
    console.log(describeParts(run, torch));
    ours.push(run);
    if (torch) theirs.push(torch);
  }
  const [other] = theirs;
  const beside = other && { name: `${other.name}, all threads`, values: theirs.map(({ wall }) => wall) };
  const times = ours.map(({ seconds }) => seconds);
  reportRow({ what, unit: 's', ours: times, ...(beside ? { theirs: beside, aim: 1 } : {}) });
  reportRow({
    what: 'largest process of it',
    unit: 'MiB',
    ours: ours.map(({ childPeakMegabytes }) => childPeakMegabytes),
    aim: Math.round(1.3 * trainingMebibytes + 600),
  });
}

/** Where the time went, and that both learned something alike. */
function describeParts(ours: EmodbRun, torch: TorchRun | undefined): string {
  return [
    `ours ${ours.seconds.toFixed(1)} s, ${ours.childPeakMegabytes.toFixed(0)} MB: ${shares(ours.stageSeconds)} (of all tasks, side by side); UAR ${percent(ours.uar)}`,
    ...(torch ? [`${torch.name} ${torch.wall.toFixed(1)} s: ${shares(torch.seconds)}; UAR ${percent(torch.uar)}`] : []),
  ].join('\n');
}

function shares(seconds: Readonly<Record<string, number>>): string {
  const total = Object.values(seconds).reduce((sum, value) => sum + value, 0);
  const parts = Object.entries(seconds).filter(([, value]) => value > 0.005 * total);
  return parts
    .map(([part, value]) => `${part} ${value.toFixed(1)} s (${((100 * value) / total).toFixed(0)} %)`)
    .join(', ');
}

function percent(uar: readonly number[]): string {
  return uar.length === 0 ? 'unknown' : `${uar.map((value) => value.toFixed(1)).join(', ')} %`;
}
