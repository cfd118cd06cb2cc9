import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import picocolors from 'picocolors';
import { loadDashboard } from '../../src/cli/progress/load-dashboard.ts';
import { createRunModel } from '../../src/dashboard/create-run-model.ts';
import type { RunEvent, TaskName } from '../../src/run/events.ts';
import type { ActionKey } from '../../src/store/types.ts';

/** What one process has measured of itself. */
export interface DashboardLoad {
  /** CPU seconds a wall second, with the dashboard and without. */
  readonly share: number;
  readonly shareWithout: number;
  /** Screens and bytes a second. */
  readonly drawn: number;
  readonly bytes: number;
}

export interface LoadOptions {
  readonly liveTasks: number;
  readonly updatesPerSecond: number;
  readonly seconds: number;
}

/** Shows a made-up run on this process's terminal, and writes what it cost to the file PIPE_BENCH_LOAD. */
export async function runLoad({ liveTasks, updatesPerSecond, seconds }: LoadOptions): Promise<void> {
  const model = createRunModel();
  const tasks = Array.from({ length: liveTasks }, (_, index): TaskName => ({
    stage: 'model',
    point: { fold: String(index % 10).padStart(2, '0'), seed: index },
  }));
  for (const event of beginning(tasks)) model.apply(event);
  let epoch = 0;
  const tell = () => {
    epoch += 1;
    const figures = { epoch, epochs: 10_000, loss: 1 / epoch, developmentUar: epoch / (epoch + 50) };
    for (const task of tasks) model.apply({ type: 'task-progress', task, figures });
  };
  const timer = setInterval(tell, 1000 / updatesPerSecond);
  await sleep(2000);
  const shareWithout = (await measured(seconds / 2)).share;

  const { openDashboard } = await loadDashboard();
  const written = countWrites();
  const dashboard = openDashboard({
    source: { kind: 'run', model },
    colours: picocolors.createColors(true),
    controls: { quit: () => undefined },
    pid: () => process.pid,
    onError: (error) => {
      throw error;
    },
  });
  await sleep(3000);
  const before = { ...written };
  const { share } = await measured(seconds);
  const after = { ...written };
  clearInterval(timer);
  dashboard.close();
  const load: DashboardLoad = {
    share,
    shareWithout,
    drawn: (after.times - before.times) / seconds,
    bytes: (after.bytes - before.bytes) / seconds,
  };
  writeFileSync(process.env['PIPE_BENCH_LOAD'] ?? '', JSON.stringify(load));
}

function beginning(tasks: readonly TaskName[]): RunEvent[] {
  const at = new Date().toISOString();
  const stages = ['corpus', 'audio', 'levelled', 'speech', 'segments', 'scalogram', 'split'];
  const key = 'a'.repeat(64) as ActionKey;
  return [
    { type: 'run-started', run: '20260102-030405-3f9a1c07', pipeline: 'bench', spec: '/bench.yaml', at },
    ...stages.map((stage): RunEvent => ({ type: 'stage-planned', stage, uses: stage, kind: 'map', tasks: 800 })),
    { type: 'stage-planned', stage: 'model', uses: 'train', kind: 'reduce', tasks: 5000, engine: 'wasm' },
    ...tasks.map((task): RunEvent => ({ type: 'task-started', task, key, why: 'made up' })),
  ];
}

async function measured(seconds: number): Promise<{ readonly share: number }> {
  const [cpu, started] = [process.cpuUsage(), performance.now()];
  await sleep(1000 * seconds);
  const { user, system } = process.cpuUsage(cpu);
  return { share: (user + system) / 1000 / (performance.now() - started) };
}

function countWrites(): { times: number; bytes: number } {
  const counted = { times: 0, bytes: 0 };
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (text: string | Uint8Array) => {
    counted.times += 1;
    counted.bytes += Buffer.byteLength(text);
    return write(text);
  };
  return counted;
}
