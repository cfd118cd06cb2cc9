import { relative } from 'node:path';
import { cwd, env } from 'node:process';
import { newRunId } from '../../experiment/index.ts';
import { createCrew, createGate, openWorkspace } from '../../run/index.ts';
import { specError } from '../../spec/index.ts';
import { type SweepOptions, type SweepOutcome, type SweepSpec, loadSweep, runSweep } from '../../sweep/index.ts';
import { checkNameIsFree } from '../check-name.ts';
import { exitCodeOf } from '../exit-code.ts';
import { interruptSignal } from '../interrupt.ts';
import { dataFolders, jobCount } from '../open-pipeline.ts';
import type { SweepCommandOptions } from '../options.ts';
import { createSweepDisplay } from '../progress/sweep.ts';
import { sweepResult } from '../sweep-result.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe sweep`: runs the trials of a sweep, chooses, and runs what was chosen on the test data. */
export async function sweep(file: string, options: SweepCommandOptions): Promise<number> {
  const terminal = createTerminal(options);
  const jobs = jobCount(options.jobs);
  const data = dataFolders(options.data);
  const folders = findWorkspace(options.workspace);
  const workspace = await openWorkspace(folders.artifacts, { runId: newRunId() });
  try {
    const spec = await load(file, workspace.store);
    const crew = createCrew({ jobs, runId: workspace.runId });
    const gate = createGate();
    const interrupt = interruptSignal((text) => display.note(terminal.colours.yellow(text)));
    const display = createSweepDisplay(terminal, {
      gate,
      stop: interrupt.request,
      isStopping: () => interrupt.signal.aborted,
    });
    let outcome: SweepOutcome;
    try {
      outcome = await runSweep(spec, {
        workspace,
        crew,
        gate,
        experiments: folders.experiments,
        signal: interrupt.signal,
        isNew: options.new ?? false,
        planOnly: options.plan ?? false,
        check: (pipeline) => checkNameIsFree(folders.experiments, pipeline),
        emit: display.event,
        overrides: options.set,
        data,
        environment: env,
        workingFolder: folders.root,
        memory: workspace.store,
        ...(options.engine !== undefined && { engine: options.engine }),
      } satisfies SweepOptions);
    } finally {
      interrupt.release();
      await crew.close();
      await display.close();
    }
    if (options.plan !== true) print(spec, outcome, terminal);
    if (options.report === true && outcome.final.length > 0) await writeReport(outcome, options);
    return exitCodeOf(outcome.status, []);
  } finally {
    await workspace.store.close();
  }
}

async function load(file: string, memory: NonNullable<SweepOptions['memory']>): Promise<SweepSpec> {
  const loaded = await loadSweep(file, cwd(), memory);
  if ('diagnostics' in loaded) throw specError(file, loaded.diagnostics);
  return loaded.sweep;
}

/** Loaded when it is asked for: it draws. */
async function writeReport({ folder = '' }: SweepOutcome, options: SweepCommandOptions): Promise<void> {
  await (await import('./report.ts')).report(folder, options);
}

function print(spec: SweepSpec, outcome: SweepOutcome, { json, print: say, printJson, colours }: Terminal): void {
  const { folder } = outcome;
  if (folder === undefined) return;
  if (json) return printJson({ type: 'record', folder });
  const text = sweepResult(spec, outcome, colours);
  if (text !== '') say(`\n${text}\n`);
  say(colours.dim(`Record: ${relative(cwd(), folder)}`));
}
