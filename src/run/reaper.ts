import { setTimeout as delay } from 'node:timers/promises';
import { killOnce, runMarker } from './executors/processes.ts';

/** A child that was just begotten gets its marker a moment later, when its program starts: we look for this long at least. */
const shortestMilliseconds = 500;
/** A process that cannot be killed by now waits for a broken disk. */
const longestMilliseconds = 60_000;

const groups = new Set<number>();

/** Waits for the end of the run's coordinator, told by the end of our standard input, and kills what it leaves behind. */
async function main(runId: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  process.chdir('/');
  if ((await readOrders()) === 'quit') return;
  const kin = { marker: `${runMarker}=${runId}`, groups };
  const started = performance.now();
  for (let empty = 0; performance.now() < started + longestMilliseconds;) {
    empty = killOnce(kin).length === 0 ? empty + 1 : 0;
    if (empty >= 2 && performance.now() > started + shortestMilliseconds) return;
    await delay(20);
  }
}

/** Orders are lines: `+GROUP` and `-GROUP` for the run's process groups, and `quit` when all is well. */
async function readOrders(): Promise<'quit' | 'orphaned'> {
  let rest = '';
  try {
    for await (const chunk of process.stdin) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === 'quit') return 'quit';
        const group = Number(line.slice(1));
        if (line.startsWith('+')) groups.add(group);
        else groups.delete(group);
      }
    }
  } catch {
    // A broken pipe, too, means that the coordinator is gone.
  }
  return 'orphaned';
}

await main(process.argv[2] ?? '');
process.exit(0);
