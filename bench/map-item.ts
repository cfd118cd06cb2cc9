// What one in-process map item costs beside a bare write and rename of its output: at most 1.5 x that + 0.05 ms.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMadeUpProject } from './support/made-up-project.ts';
import { measureProcess } from './support/measure-process.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const pipe = join(process.cwd(), 'bin/pipe.js');
const items = 4000;

for (const bytes of [1_000, 100_000]) {
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds(5); round++) {
    bare.push(bareMilliseconds(bytes));
    ours.push(await itemMilliseconds(bytes));
  }
  reportRow({
    what: `a map item of ${bytes} bytes`,
    unit: 'ms',
    ours,
    theirs: { name: '1.5 x write and rename + 0.05 ms', values: bare.map((least) => 1.5 * least + 0.05) },
    aim: 1,
  });
}

/** Wall time of a second map stage over all items, without what a run costs that has one stage less to do. */
async function itemMilliseconds(bytes: number): Promise<number> {
  const project = createMadeUpProject(items, bytes, 2);
  const run = (...options: string[]) =>
    measureProcess([pipe, 'run', 'pipeline.yaml', '--plain', ...options], project.folder);
  try {
    await run('--target', 'step1');
    const nothing = await run('--target', 'step1');
    const both = await run();
    return (1000 * (both.seconds - nothing.seconds)) / items;
  } finally {
    project.remove();
  }
}

function bareMilliseconds(bytes: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
  const content = new Uint8Array(bytes);
  const started = performance.now();
  for (let item = 0; item < items; item++) {
    writeFileSync(join(folder, `${item}.tmp`), content);
    renameSync(join(folder, `${item}.tmp`), join(folder, String(item)));
  }
  const milliseconds = (performance.now() - started) / items;
  rmSync(folder, { recursive: true });
  return milliseconds;
}
