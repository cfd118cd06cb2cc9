// `pipe compare` of 100 runs among 10,000 records of the size of Emo-DB's, beyond nothing: the whole process.
import { join } from 'node:path';
import { createMadeUpRuns } from './support/made-up-runs.ts';
import { measureProcess } from './support/measure-process.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const count = Number(process.env['PIPE_BENCH_RUNS'] ?? 10_000);
const compared = 100;
const pipe = join(process.cwd(), 'bin/pipe.js');

const made = createMadeUpRuns(count);
try {
  const done = made.runs.filter(({ status }) => status === 'done');
  const names = done.slice(-compared).map(({ pipeline, run }) => `${pipeline}/${run}`);
  const words = [pipe, 'compare', ...names, '--workspace', made.folder];
  // The first one makes the index of runs.
  await measureProcess(words, made.folder);
  const [seconds, peaks]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds(7); round++) {
    const measured = await measureProcess(words, made.folder);
    if (!measured.output.includes('Against A')) throw new Error(`nothing was compared:\n${measured.output}`);
    seconds.push(measured.seconds);
    peaks.push(measured.peakMegabytes);
  }
  reportRow({
    what: `pipe compare of ${compared} runs among ${count}, 339 items and 5 seeds each`,
    unit: 's',
    ours: seconds,
    aim: 1,
    note: `whole process, with Node's start; peak ${Math.max(...peaks).toFixed(0)} MB`,
  });
} finally {
  made.remove();
}
