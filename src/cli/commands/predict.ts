import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { buffer } from 'node:stream/consumers';
import { PipeError, exitCodes } from '../../errors.ts';
import { type FoundRun, openRun } from '../../experiment/find-runs.ts';
import { newRunId } from '../../experiment/run-id.ts';
import { type FileFault, type Predictions, predict as predictFiles } from '../../predict/index.ts';
import { openWorkspace } from '../../run/index.ts';
import { systemText } from '../../system-text.ts';
import { makeTemporaryFolder } from '../../temporary-folder.ts';
import { counted } from '../duration.ts';
import { exitCodeOf } from '../exit-code.ts';
import { interruptSignal } from '../interrupt.ts';
import { jobCount, usageError } from '../open-pipeline.ts';
import type { PredictCommandOptions } from '../options.ts';
import { type FileNames, type PredictFormat, printPredictions } from '../predict-output.ts';
import { createProgressBar } from '../progress-bar.ts';
import { type Terminal, createTerminal } from '../terminal.ts';
import { findWorkspace } from '../workspace.ts';

/** `pipe predict`: what the models of a recorded run answer about new files. */
export async function predict(run: string, paths: readonly string[], options: PredictCommandOptions): Promise<number> {
  const format = formatOf(options);
  const terminal = createTerminal({ json: format === 'jsonl', plain: format !== 'table' });
  const jobs = jobCount(options.jobs);
  const folders = findWorkspace(options.workspace);
  const found = findRecorded(folders.experiments, run);
  const input = await readInput(paths, options.filesFrom);
  const bar = createProgressBar(process.stderr);
  const interrupt = interruptSignal(() => bar.note('Stopping. What is computed is kept. Once more to stop at once.'));
  try {
    const workspace = await openWorkspace(folders.artifacts, { runId: newRunId() });
    const answered = predictFiles(found, workspace, {
      paths: input.paths,
      ...(options.model !== undefined && { model: options.model }),
      engine: options.engine ?? 'auto',
      jobs,
      allowChangedCode: options.allowChangedCode ?? false,
      signal: interrupt.signal,
      onProgress: ({ files, ready, share, answered: done }) =>
        done === undefined
          ? bar.draw(share, `${ready}/${files} files prepared`)
          : bar.draw(done / files, `${done}/${files} files recognised`),
    }).finally(() => workspace.store.close());
    const predictions = await answered.finally(() => bar.close());
    return report(predictions, input.nameOf, { format, segments: options.segments ?? false }, terminal);
  } finally {
    bar.close();
    interrupt.release();
    input.remove();
  }
}

function formatOf({ json, format }: PredictCommandOptions): PredictFormat {
  if (!json) return format ?? 'table';
  if (format === undefined || format === 'jsonl') return 'jsonl';
  throw usageError('bad-format-option', `--json and --format ${format} cannot go together.`, 'Leave out one of them.');
}

/** Who forgets the run names a file in its place. */
function findRecorded(experiments: string, run: string): FoundRun {
  try {
    return openRun(experiments, run);
  } catch (error) {
    if (!(error instanceof PipeError) || error.code !== 'unknown-run' || !existsSync(run)) throw error;
    throw usageError(
      'unknown-run',
      `'${run}' is a file, but the run comes first.`,
      `For the newest run: pipe predict last ${run}`,
    );
  }
}

interface Input {
  /** Absolute. */
  readonly paths: readonly string[];
  readonly nameOf: FileNames;
  remove(): void;
}

/** Files as the user names them; `-` is a recording on standard input, which becomes a file for as long as it is needed. */
async function readInput(given: readonly string[], filesFrom: string | undefined): Promise<Input> {
  if (given.includes('-') && filesFrom === '-') {
    throw usageError(
      'bad-files-option',
      'Standard input cannot be both a recording (-) and a list of files (--files-from -).',
      'Write the list to a file.',
    );
  }
  const listed = filesFrom === undefined ? [] : await readList(filesFrom);
  const words = [...given, ...listed];
  if (words.length === 0) {
    throw usageError(
      'no-files',
      'No file was named.',
      'Name audio files or folders of them behind the run, `-` for standard input, or a list by --files-from FILE.',
    );
  }
  const recording = given.includes('-') ? await readStandardInput() : undefined;
  const folder = recording === undefined ? undefined : makeTemporaryFolder('predict');
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  // It is somebody's voice: it goes on every way out, and after a kill with the next folder that is made.
  process.on('exit', remove);
  const standardInput = folder === undefined ? undefined : join(folder, 'standard-input');
  if (standardInput !== undefined && recording !== undefined) writeFileSync(standardInput, recording);
  return {
    paths: words.map((word) => (word === '-' && standardInput !== undefined ? standardInput : resolve(word))),
    nameOf: (id) => (id === standardInput ? '-' : nameFromHere(id, words)),
    remove,
  };
}

/** Absolute where the user named it so. */
function nameFromHere(id: string, words: readonly string[]): string {
  if (words.includes(id)) return id;
  const path = relative(process.cwd(), id);
  return path.startsWith('..') ? id : path;
}

async function readStandardInput(): Promise<Uint8Array> {
  if (!process.stdin.isTTY) return buffer(process.stdin);
  throw usageError(
    'no-standard-input',
    '`-` reads a recording from standard input, which is a terminal.',
    'Send one, for example: pipe predict last - < recording.wav',
  );
}

/** One path a line. */
async function readList(file: string): Promise<string[]> {
  const text = file === '-' ? (await readStandardInput()).toString() : readListFile(file);
  return text.split(/\r?\n/).filter((line) => line !== '');
}

function readListFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new PipeError('unreadable-list', `The list ${file} cannot be read: ${systemText(cause)}.`, {
      exitCode: exitCodes.inputData,
      advice: 'Give a text file with one path a line, or `-` for standard input.',
      cause,
    });
  }
}

function report(
  predictions: Predictions,
  nameOf: FileNames,
  form: { readonly format: PredictFormat; readonly segments: boolean },
  terminal: Terminal,
): number {
  const { faults, failure, interrupted } = predictions;
  if (failure !== undefined) {
    throw new PipeError(failure.code, failure.message, {
      exitCode: exitCodeOf('failed', [failure]),
      advice: failure.advice,
    });
  }
  if (interrupted) {
    terminal.warn('Interrupted: nothing was answered. The same command goes on from here.');
    return exitCodes.interrupted;
  }
  printPredictions(predictions, nameOf, form, terminal);
  if (faults.length === 0) return exitCodes.done;
  for (const group of alike(faults)) terminal.warn(faultText(group, nameOf, terminal));
  const all = faults.length + predictions.predictions.length;
  terminal.warn(
    `${faults.length} of ${counted(all, 'file')} could not be used; what a file must be is up to the run's own stages.`,
  );
  return exitCodeOf('failed', faults);
}

/** Faults with the same advice, which is given once. */
function alike(faults: readonly FileFault[]): FileFault[][] {
  const groups = new Map<string, FileFault[]>();
  for (const fault of faults) {
    const name = `${fault.code} ${fault.advice ?? ''}`;
    const group = groups.get(name) ?? [];
    group.push(fault);
    groups.set(name, group);
  }
  return [...groups.values()];
}

function faultText(faults: readonly FileFault[], nameOf: FileNames, { colours }: Terminal): string {
  const lines = faults.map(({ id, code, message }) => {
    const text = message.startsWith(`${id} `) ? message.slice(id.length + 1) : message;
    return `${colours.red(`error[${code}]`)}: ${nameOf(id)}: ${text}`;
  });
  const advice = faults[0]?.advice;
  return [...lines, ...(advice === undefined ? [] : [`  ${colours.cyan('help')}: ${advice}`])].join('\n');
}
