import { cwd } from 'node:process';
import { exitCodes } from '../../errors.ts';
import { type FoundRun, openRun } from '../../experiment/find-runs.ts';
import { type FirstDivergence, type Reproduction, reproduceRun, usualTolerance } from '../../reproduce/index.ts';
import { counted, formatSeconds } from '../duration.ts';
import { interruptSignal } from '../interrupt.ts';
import { dataFolders, jobCount, usageError } from '../open-pipeline.ts';
import type { ReproduceCommandOptions } from '../options.ts';
import { createDisplay } from '../progress/index.ts';
import { renderTable } from '../table.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe reproduce`: executes a recorded run again from nothing, and compares every artifact. Exit code 1 where one differs. */
export async function reproduce(run: string, options: ReproduceCommandOptions): Promise<number> {
  const terminal = createTerminal(options);
  const jobs = jobCount(options.jobs);
  const tolerance = toleranceOf(options.tolerance);
  const data = dataFolders(options.data);
  const { experiments, artifacts } = findWorkspace(options.workspace);
  const found = openRun(experiments, run);
  // With --json the outcome is all that is printed.
  const display = terminal.json ? undefined : createDisplay(terminal);
  const note = 'Stopping: running tasks are cancelled, and what was made is removed. Once more to stop at once.';
  const interrupt = interruptSignal(() => display?.note(terminal.colours.yellow(note)));
  const reproduction = await reproduceRun(found, {
    artifacts,
    workingFolder: cwd(),
    data,
    jobs,
    tolerance,
    signal: interrupt.signal,
    emit: (event) => display?.event(event),
    ...(options.engine !== undefined && { engine: options.engine }),
    ...(options.target !== undefined && { target: options.target }),
    ...(options.keep !== undefined && { keep: options.keep }),
  }).finally(async () => {
    interrupt.release();
    await display?.close();
  });
  if (terminal.json) terminal.printJson({ run: nameOf(found), ...reproduction });
  else printReproduction(found, reproduction, terminal);
  return reproduction.verdict === 'different' ? exitCodes.taskFailed : exitCodes.done;
}

const nameOf = ({ record }: FoundRun): string => `${record.pipeline}/${record.run}`;

function printReproduction(found: FoundRun, reproduction: Reproduction, { print, colours }: Terminal): void {
  const { stages, metrics, verdict, first, tolerance, seconds, kept } = reproduction;
  print(`\nMade ${nameOf(found)} again from nothing in ${formatSeconds(seconds)}.\n`);
  print(
    renderTable(
      ['stage', 'artifacts', 'equal', 'within tolerance', 'different', 'largest relative difference'],
      stages.map(({ stage, equal, within, different, largest }) => [
        stage,
        equal + within + different,
        equal,
        within,
        different,
        largest === undefined ? null : largest === 0 ? 0 : largest.toExponential(1),
      ]),
      colours.dim,
    ),
  );
  const changed = metrics.filter(({ from, to }) => from !== to);
  if (changed.length > 0) {
    const rows = changed.map(({ what, from, to }) => [what, from ?? null, to ?? null]);
    print(`\n${renderTable(['figure', 'recorded', 'made again'], rows, colours.dim)}`);
  }
  const paint = { equal: colours.green, within: colours.green, different: colours.red }[verdict];
  print(`\n${paint(verdictText(reproduction))}`);
  if (verdict === 'different') print(`The tolerance is ${tolerance}.`);
  if (first !== undefined) print(firstText(first));
  if (kept !== undefined) print(colours.dim(`Kept in ${kept}`));
}

function verdictText({ verdict, stages, tolerance }: Reproduction): string {
  const count = (of: 'equal' | 'within' | 'different') => stages.reduce((sum, stage) => sum + stage[of], 0);
  const all = count('equal') + count('within') + count('different');
  switch (verdict) {
    case 'equal':
      return `All ${counted(all, 'artifact')} are equal, bit for bit.`;
    case 'within': {
      const largest = Math.max(...stages.map((stage) => stage.largest ?? 0));
      return `${counted(count('within'), 'artifact')} of ${all} within the tolerance of ${tolerance} (at most ${largest.toExponential(1)}), the others equal, bit for bit.`;
    }
    case 'different':
      return `${counted(count('different'), 'artifact')} of ${all} differ from what was recorded.`;
  }
}

function firstText({ stage, example, reasons }: FirstDivergence): string {
  const { task, output, verdict } = example;
  const detail = verdict.kind === 'different' ? verdict.detail : 'other numbers';
  const relative = verdict.relative === undefined ? '' : `, by ${verdict.relative.toExponential(1)}`;
  const what = output === undefined ? task : `${task}: ${output}`;
  const why =
    reasons.length === 0
      ? 'Nothing that is recorded explains it: same code, parameters, inputs and machine. The stage may depend on chance.'
      : `Why it may:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`;
  return `The first stage that differs is ${stage} (${what}: ${detail}${relative}).\n${why}`;
}

function toleranceOf(given: string | undefined): number {
  if (given === undefined) return usualTolerance;
  const tolerance = Number(given);
  if (given.trim() !== '' && tolerance >= 0 && tolerance < 1) return tolerance;
  throw usageError(
    'bad-tolerance-option',
    `--tolerance ${given} is not a number from 0 to 1.`,
    'Write for example --tolerance 1e-4.',
  );
}
