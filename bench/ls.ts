// `pipe ls` over 10,000 recorded runs, beside `node -e 0` in the same round: the newest, and a filter and a sort over all.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createMadeUpRuns } from './support/made-up-runs.ts';
import { measureProcess } from './support/measure-process.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const count = Number(process.env['PIPE_BENCH_RUNS'] ?? 10_000);
const aim = 0.1;
const pipe = join(process.cwd(), 'bin/pipe.js');
const made = createMadeUpRuns(count);

try {
  await listRuns('the newest 20', [], aim);
  const filtered = ['--where', 'status=done', '--where', 'pipeline~emo', '--sort', '-seconds'];
  await listRuns('filtered and sorted, without an index', filtered, undefined, 1);
  await listRuns('filtered and sorted', filtered, aim);
} finally {
  made.remove();
}

async function listRuns(what: string, words: readonly string[], aim?: number, count = rounds(11)): Promise<void> {
  const ours: number[] = [];
  const peaks: number[] = [];
  for (let round = 0; round < count; round++) {
    if (aim === undefined) rmSync(join(made.experiments, '.index'), { force: true });
    const bare = await measureProcess(['-e', '0'], made.folder);
    const measured = await measureProcess([pipe, 'ls', ...words], made.folder);
    ours.push(measured.seconds - bare.seconds);
    peaks.push(measured.peakMegabytes);
  }
  reportRow({
    what: `pipe ls, ${made.runs.length} runs, ${what}, beyond node -e 0`,
    unit: 's',
    ours,
    ...(aim !== undefined && { aim }),
    note: `peak ${Math.max(...peaks).toFixed(0)} MB`,
  });
}
