// The whole experiment of pipelines/emodb.yaml, from nothing to its summary, beside a plain PyTorch script that does the same
// work in sequence (support/loso_torch.py). PIPE_BENCH_EPOCHS and PIPE_BENCH_SEEDS change how much of it.
import process from 'node:process';
import { emodbFolder, noEmodb, runPipe, runTorch, type EmodbRun, type TorchRun } from './support/emodb.ts';
import { mode } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const [seeds, epochs] = { quick: [1, 1], normal: [1, 20], full: [5, 40] }[mode()].map((usual, index) =>
  Number(process.env[index === 0 ? 'PIPE_BENCH_SEEDS' : 'PIPE_BENCH_EPOCHS'] ?? usual),
);
const engine = process.env['PIPE_BENCH_ENGINE'] ?? 'auto';
const what = `leave one speaker out, 10 folds x ${seeds} seeds x ${epochs} epochs, engine ${engine}`;
/** Rows of a training set: 166 frames x 64 scales x 20 strips in float32, nine tenths of 479 segments. */
const trainingMegabytes = (0.9 * 479 * 166 * 64 * 20 * 4) / 2 ** 20;

const corpus = emodbFolder();
if (corpus) await measure(corpus);
else reportRow({ what, unit: 's', ours: [], aim: 1, note: noEmodb });

async function measure(folder: string): Promise<void> {
  const list = Array.from({ length: seeds ?? 1 }, (_, index) => index + 1);
  const set = ['--set', `params.epochs=${epochs}`, '--set', `params.seeds=[${list.join(',')}]`, '--engine', engine];
  let ours: EmodbRun;
  try {
    ours = await runPipe(folder, ...set);
  } catch {
    reportRow({ what, unit: 's', ours: [], aim: 1, note: 'pipe run failed: see above' });
    process.exitCode = 1;
    return;
  }
  const torch = await runTorch(folder, '--epochs', String(epochs), '--seeds', String(seeds));
  const theirs = torch && { name: `${torch.name}, all threads`, values: [torch.wall] };
  reportRow({ what, unit: 's', ours: [ours.seconds], ...(theirs ? { theirs, aim: 1 } : {}) });
  reportRow({
    what: 'largest process of it',
    unit: 'MB',
    ours: [ours.childPeakMegabytes],
    aim: Math.round(1.3 * trainingMegabytes + 600),
  });
  console.log(describeParts(ours, torch));
}

/** Where the time went, and that both learned something alike. */
function describeParts(ours: EmodbRun, torch: TorchRun | undefined): string {
  return [
    `ours: ${shares(ours.stageSeconds)} (of all tasks, side by side); UAR ${percent(ours.uar)}`,
    ...(torch ? [`${torch.name}: ${shares(torch.seconds)}; UAR ${percent(torch.uar)}`] : []),
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
