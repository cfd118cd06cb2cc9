// What a run costs that has nothing to do: 2,400 tasks beside `node -e 0` in the same run, and 100,000 tasks.
import { join } from 'node:path';
import { createMadeUpProject } from './support/made-up-project.ts';
import { measureProcess } from './support/measure-process.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const pipe = join(process.cwd(), 'bin/pipe.js');
const run = [pipe, 'run', 'pipeline.yaml', '--plain'];

await nothingToDo(480, rounds(11), 0.2);
await nothingToDo(Number(process.env['PIPE_BENCH_ITEMS'] ?? 20_000), rounds(5));

async function nothingToDo(items: number, count: number, aim?: number): Promise<void> {
  const project = createMadeUpProject(items, 64);
  try {
    await measureProcess(run, project.folder);
    const [bare, ours, peaks]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < count; round++) {
      bare.push((await measureProcess(['-e', '0'], project.folder)).seconds);
      const measured = await measureProcess(run, project.folder);
      if (!measured.output.includes('Nothing to do')) throw new Error(`there was something to do:\n${measured.output}`);
      ours.push(measured.seconds);
      peaks.push(measured.peakMegabytes);
    }
    reportRow({
      what: `nothing to do, ${items * 5} tasks, beyond node -e 0`,
      unit: 's',
      ours: ours.map((seconds, round) => seconds - (bare[round] ?? NaN)),
      ...(aim === undefined ? {} : { aim }),
      note: `peak ${Math.max(...peaks).toFixed(0)} MB`,
    });
  } finally {
    project.remove();
  }
}
