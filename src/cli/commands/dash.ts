import { join } from 'node:path';
import process from 'node:process';
import { createRunModel } from '../../dashboard/create-run-model.ts';
import { type EventListener, type FollowedRun, followRun } from '../../dashboard/follow-run.ts';
import { followSweep } from '../../dashboard/follow-sweep.ts';
import { drawScreen } from '../../dashboard/screens/index.ts';
import { stateOf } from '../../dashboard/state.ts';
import { createSweepModel } from '../../dashboard/sweep-model.ts';
import { type Source, firstView } from '../../dashboard/view.ts';
import { watchFolder } from '../../dashboard/watch.ts';
import { type ExitCode, exitCodes } from '../../errors.ts';
import { findRun, readRun, runNames } from '../../experiment/index.ts';
import { findSweep, isSweep, sweepNames } from '../../sweep/read-sweep.ts';
import type { DashOptions } from '../options.ts';
import { loadDashboard } from '../progress/load-dashboard.ts';
import { createPlainDisplay } from '../progress/plain.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

interface Followed {
  readonly folder: string;
  readonly source: Source;
  readonly record: FollowedRun;
}

/**
 * `pipe dash`: shows a run or sweep of another process while it goes on, or one that is over. It only reads. Without a terminal a
 * run is told in plain lines until it ends, and of a sweep the screen is printed once; as JSON, the state follows.
 */
export async function dash(wanted: string, options: DashOptions): Promise<ExitCode> {
  const terminal = createTerminal(options);
  const { experiments } = findWorkspace(options.workspace);
  if (terminal.live) {
    const followed = follow(experiments, wanted);
    followed.record.look(true);
    await show(followed, terminal);
    return exitCodes.done;
  }
  const plain = createPlainDisplay(terminal);
  const tell: EventListener = terminal.json ? terminal.printJson : plain.event;
  const followed = follow(experiments, wanted, tell);
  followed.record.look(true);
  if (followed.source.kind === 'run') await untilOver(followed);
  else if (!terminal.json) printOnce(followed, terminal);
  if (terminal.json) for (const state of stateOf(followed.source)) terminal.printJson(state);
  await plain.close();
  const trouble = followed.record.trouble();
  if (trouble !== undefined) terminal.warn(trouble);
  const { kind, model } = followed.source;
  return kind === 'run' && model.status === 'running' ? exitCodes.storeIntegrity : exitCodes.done;
}

function follow(experiments: string, wanted: string, onEvent?: EventListener): Followed {
  const sweep = meantSweep(experiments, wanted);
  if (sweep !== undefined) {
    const model = createSweepModel();
    return { folder: sweep, source: { kind: 'sweep', model }, record: followSweep(sweep, experiments, model) };
  }
  const folder = findRun(experiments, wanted);
  const model = createRunModel();
  return { folder, source: { kind: 'run', model }, record: followRun(folder, model, onEvent) };
}

/** The folder of a sweep, where one is meant: with `last`, that of the newest run, where it is a trial. */
function meantSweep(experiments: string, wanted: string): string | undefined {
  if (wanted !== 'last') return isSweep(experiments, wanted) ? findSweep(experiments, wanted) : undefined;
  const [newest] = runNames(experiments);
  if (newest === undefined) return sweepNames(experiments).length > 0 ? findSweep(experiments, 'last') : undefined;
  const record = readRun(join(experiments, newest.pipeline, newest.run));
  const id = 'detail' in record ? undefined : record.sweep?.id;
  return id !== undefined && isSweep(experiments, id) ? findSweep(experiments, id) : undefined;
}

async function show({ folder, source, record }: Followed, { colours }: Terminal): Promise<void> {
  const { openDashboard } = await loadDashboard();
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void) => {
      unwatch();
      dashboard.close();
      settle();
    };
    const leave = () => end(resolve);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, leave);
    const unwatch = watchFolder(folder, record.look);
    const dashboard = openDashboard({
      source,
      colours,
      controls: { quit: leave },
      watching: true,
      trouble: record.trouble,
      pid: record.pid,
      onError: (error) => end(() => reject(error instanceof Error ? error : new Error(String(error)))),
    });
  });
}

async function untilOver({ folder, source: { model }, record }: Followed): Promise<void> {
  if (model.status !== 'running') return;
  await new Promise<void>((resolve) => {
    const unwatch = watchFolder(folder, (whole) => {
      record.look(whole);
      // Of a record that is gone or damaged nobody tells the end.
      if (model.status === 'running' && !(whole && 'detail' in readRun(folder))) return;
      unwatch();
      resolve();
    });
  });
}

/** As on a wide terminal with room for all its trials. */
function printOnce({ source }: Followed, { print, colours }: Terminal): void {
  const rows = source.kind === 'sweep' ? source.model.trials.size + 24 : 40;
  const surroundings = { memory: undefined, stopping: false, trouble: undefined };
  const shown = { source, view: firstView(source), surroundings, watching: true, canPause: false };
  const lines = drawScreen(shown, { columns: 120, rows, colours, now: Date.now() });
  // Without keys there is no cursor.
  const text = lines.slice(0, -1).map((line) => line.replace('❯', ' '));
  print(text.join('\n').trimEnd());
}
