// Peak memory of a run outside training, for a corpus and for one ten times its size.
import { join } from 'node:path';
import { createMadeUpProject } from './support/made-up-project.ts';
import { measureProcess } from './support/measure-process.ts';
import { reportRow } from './support/row.ts';

const pipe = join(process.cwd(), 'bin/pipe.js');
const peaks: number[] = [];
for (const items of [300, 3000]) {
  const project = createMadeUpProject(items, 500_000, 3);
  try {
    const { peakMegabytes } = await measureProcess([pipe, 'run', 'pipeline.yaml', '--plain'], project.folder);
    peaks.push(peakMegabytes);
  } finally {
    project.remove();
  }
}
const [small = NaN, large = NaN] = peaks;
reportRow({
  what: 'peak memory of a run, 3,000 items of 500 KB',
  unit: 'MiB',
  ours: [large],
  theirs: { name: '300 items', values: [small] },
});
