import { relative } from 'node:path';
import { cwd } from 'node:process';
import { type ClosedRecord, type RecordedResult, latestFacts, openRecorder } from '../../experiment/index.ts';
import type { Facts } from '../../plan/facts.ts';
import { explainTask, reasonText } from '../../plan/explain.ts';
import type { Graph } from '../../plan/graph-types.ts';
import type { RunEvent } from '../../run/events.ts';
import { type RunOutcome, createGate, runPipeline } from '../../run/index.ts';
import { checkNameIsFree } from '../check-name.ts';
import { exitCodeOf } from '../exit-code.ts';
import { interruptSignal } from '../interrupt.ts';
import { type OpenPipeline, jobCount, withPipeline } from '../open-pipeline.ts';
import type { RunCommandOptions } from '../options.ts';
import { createDisplay } from '../progress/index.ts';
import { renderResults } from '../render-report.ts';
import { type Terminal, createTerminal } from '../terminal.ts';

/** `pipe run`: runs what is not there yet, shows and records it. */
export async function run(spec: string, options: RunCommandOptions): Promise<number> {
  const terminal = createTerminal(options);
  const jobs = jobCount(options.jobs);
  return withPipeline(spec, options, { readOnly: false }, async (open) => {
    checkNameIsFree(open.folders.experiments, open.pipeline);
    return runOpen(open, { ...options, jobs }, terminal);
  });
}

async function runOpen(
  { pipeline, workspace, folders }: OpenPipeline,
  options: Omit<RunCommandOptions, 'jobs'> & { readonly jobs: number },
  terminal: Terminal,
): Promise<number> {
  const before = memoised(() => latestFacts(folders.experiments, pipeline.name));
  const recorder = openRecorder(folders.experiments, pipeline, workspace.runId);
  const gate = createGate();
  const interrupt = interruptSignal((text) => display.note(terminal.colours.yellow(text)));
  const display = createDisplay(terminal, {
    gate,
    stop: interrupt.request,
    isStopping: () => interrupt.signal.aborted,
  });
  const results: RecordedResult[] = [];
  const failures: Extract<RunEvent, { type: 'task-failed' }>['failure'][] = [];
  let graph: Graph | undefined;
  let outcome: RunOutcome | undefined;
  let error: unknown;
  try {
    outcome = await runPipeline(pipeline, workspace, {
      jobs: options.jobs,
      keepGoing: options.keepGoing ?? false,
      force: options.force,
      ...(options.target !== undefined && { target: options.target }),
      signal: AbortSignal.any([interrupt.signal, recorder.broken]),
      gate,
      why: (task, known) => {
        graph = known;
        return reasonText(explainTask(task, known, before()));
      },
      emit(event) {
        recorder.event(event);
        display.event(event);
        if (event.type === 'result') results.push(event);
        if (event.type === 'task-failed' && !event.willRetry) failures.push(event.failure);
      },
    });
    if (recorder.broken.aborted) throw recorder.broken.reason;
    return exitCodeOf(outcome.status, failures);
  } catch (caught) {
    error = caught;
    throw caught;
  } finally {
    interrupt.release();
    await display.close();
    const record = await recorder.close({ graph: outcome?.graph ?? graph, error }).catch((failure: unknown) => {
      // What ended the run says more than what became of its record.
      throw error ?? failure;
    });
    if (outcome !== undefined) printOutcome(results, record, terminal);
  }
}

function printOutcome(
  results: readonly RecordedResult[],
  { folder, isEarlier }: ClosedRecord,
  { json, print, printJson, colours }: Terminal,
): void {
  if (json) return printJson({ type: 'record', folder });
  const text = renderResults(results, colours);
  if (text !== '') print(`\n${text}\n`);
  print(colours.dim(`${isEarlier ? 'As recorded in' : 'Record:'} ${relative(cwd(), folder)}`));
}

/** Facts of earlier runs are read only when something must run. */
function memoised(read: () => Facts | undefined): () => Facts | undefined {
  let known: { readonly facts: Facts | undefined } | undefined;
  return () => (known ??= { facts: read() }).facts;
}
