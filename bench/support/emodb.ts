import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { measureProcess, type ProcessMeasure } from './measure-process.ts';
import { peerEnvironment, python } from './peer.ts';

/** The folder of Emo-DB, if there is one. */
export const emodbFolder = (): string | undefined => process.env['PIPE_DATA_EMODB'];

export const noEmodb = 'no Emo-DB: give --data emodb=DIR';

/** A run of pipelines/emodb.yaml in a workspace of its own, from nothing. */
export interface EmodbRun extends ProcessMeasure {
  /** Seconds of the tasks of each stage, added up: tasks run side by side. */
  readonly stageSeconds: Readonly<Record<string, number>>;
  /** Pooled utterance UAR of each seed, percent. */
  readonly uar: readonly number[];
}

/** @throws Error when the run fails; why is on standard error */
export async function runPipe(corpus: string, ...options: readonly string[]): Promise<EmodbRun> {
  const workspace = mkdtempSync(path.join(tmpdir(), 'pipe-bench-'));
  // Not before all rounds are over: ext4 without a journal looks at each inode deleted in the last minutes when it makes a file.
  process.once('exit', () => rmSync(workspace, { recursive: true, force: true }));
  const words = ['bin/pipe.js', 'run', 'pipelines/emodb.yaml', '--plain', '--data', `emodb=${corpus}`];
  const measured = await measureProcess([...words, '--workspace', workspace, ...options], process.cwd());
  return { ...measured, ...readRecord(path.join(workspace, 'experiments', 'emodb')) };
}

/** What bench/support/loso_torch.py prints. */
export interface TorchRun {
  readonly name: string;
  readonly uar: readonly number[];
  readonly seconds: Readonly<Record<string, number>>;
  /** Of the whole process, with its start. */
  readonly wall: number;
}

/** The same work as a plain PyTorch script; undefined without the peers, or where it fails, which it says. */
export async function runTorch(corpus: string, ...options: readonly string[]): Promise<TorchRun | undefined> {
  const program = python();
  if (!program) return undefined;
  const words = ['bench/support/loso_torch.py', corpus, ...options];
  try {
    const { output, seconds } = await measureProcess(words, process.cwd(), { program, env: peerEnvironment() });
    return { ...(JSON.parse(output) as Omit<TorchRun, 'wall'>), wall: seconds };
  } catch (error) {
    console.error(
      `The script beside us failed and is left out: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

function readRecord(folder: string): Pick<EmodbRun, 'stageSeconds' | 'uar'> {
  const run = path.join(folder, readdirSync(folder)[0] ?? '');
  const stageSeconds: Record<string, number> = {};
  for (const line of readFileSync(path.join(run, 'events.jsonl'), 'utf8').split('\n').filter(Boolean)) {
    const event = JSON.parse(line) as { type: string; seconds: number; task: { stage: string } };
    if (event.type !== 'task-done') continue;
    stageSeconds[event.task.stage] = (stageSeconds[event.task.stage] ?? 0) + event.seconds;
  }
  return { stageSeconds, uar: readUar(path.join(run, 'results.json')) };
}

function readUar(file: string): number[] {
  if (!existsSync(file)) return [];
  const results = JSON.parse(readFileSync(file, 'utf8')) as {
    stage: string;
    value: { utterance: { uar: { values: number[] } } };
  }[];
  const values = results.find(({ stage }) => stage === 'summary')?.value.utterance.uar.values ?? [];
  return values.map((value) => 100 * value);
}
