// What a run costs that has nothing to do: 2,400 tasks beside `node -e 0` in the same run, and 100,000 tasks.
import { join } from 'node:path';
import { createMadeUpProject } from './support/made-up-project.ts';
import { measureProcess, median } from './support/measure-process.ts';

const pipe = join(process.cwd(), 'bin/pipe.js');
const run = [pipe, 'run', 'pipeline.yaml', '--plain'];

await nothingToDo(480, 11);
await nothingToDo(Number(process.env['PIPE_BENCH_ITEMS'] ?? 20_000), 5);

async function nothingToDo(items: number, rounds: number): Promise<void> {
  const project = createMadeUpProject(items, 64);
  try {
    const first = await measureProcess(run, project.folder);
    const [bare, ours, peaks]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      bare.push((await measureProcess(['-e', '0'], project.folder)).seconds);
      const measured = await measureProcess(run, project.folder);
      if (!measured.output.includes('Nothing to do')) throw new Error(`there was something to do:\n${measured.output}`);
      ours.push(measured.seconds);
      peaks.push(measured.peakMegabytes);
    }
    const [least, most] = [Math.min(...ours), Math.max(...ours)];
    console.log(
      `${items} items x 5 stages: first run ${first.seconds.toFixed(2)} s; nothing to do: median of ${rounds} ` +
        `${median(ours).toFixed(3)} s (${least.toFixed(3)}-${most.toFixed(3)}), node -e 0 ${median(bare).toFixed(3)} s, ` +
        `difference ${(median(ours) - median(bare)).toFixed(3)} s, peak ${Math.max(...peaks).toFixed(0)} MB`,
    );
  } finally {
    project.remove();
  }
}
