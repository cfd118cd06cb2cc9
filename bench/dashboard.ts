// What the dashboard costs with 1,000 live trainings that each tell their figures ten times a second: CPU seconds of its process over
// wall seconds, on a terminal of its own (util-linux' script), drawn ten times a second.
import process from 'node:process';
import { runLoad } from './support/dashboard-load.ts';
import { measureOnTerminal } from './support/measure-on-terminal.ts';
import { rounds } from './support/mode.ts';
import { reportRow } from './support/row.ts';

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
];

if (process.env['PIPE_BENCH_LOAD'] === undefined) await compare();
else await runLoad({ liveTasks: 1000, updatesPerSecond: 10, seconds: 8 });

async function compare(): Promise<void> {
  for (const size of sizes) {
    const what = `dashboard, 1000 live tasks, 10 updates a second, ${size.columns} x ${size.rows}`;
    const measured = [];
    for (let round = 0; round < rounds(5); round++) measured.push(await measureOnTerminal(size));
    const [last] = measured.slice(-1);
    reportRow({
      what,
      unit: '% of a core',
      ours: measured.map(({ share }) => 100 * share),
      aim: 3,
      ...(last && {
        note: `10,000 events a second; without a screen ${(100 * last.shareWithout).toFixed(1)} %; ${last.drawn.toFixed(1)} screens and ${Math.round(last.bytes / 1000)} kB a second`,
      }),
    });
  }
}
