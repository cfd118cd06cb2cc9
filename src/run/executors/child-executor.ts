import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Executor, Job, JobAnswer } from '../job.ts';
import { cancelled, failed } from './failures.ts';
import { type Family, drained, markedEnvironment, watch } from './family.ts';
import { readLines } from './line-reader.ts';
import type { FromChild, ToChild } from './messages.ts';
import { countOomKills, failureOfEnd } from './process-end.ts';
import { taskMarker } from './processes.ts';
import { createTaskIds, manage } from './running-tasks.ts';
import type { ThreadPool } from './thread-pool.ts';

export interface ChildExecutorOptions {
  readonly family: Family;
  /** The bundled `child-process.js`. */
  readonly program: string;
  /** Threads that look through what a child left behind. */
  readonly files: ThreadPool;
  /** The JavaScript heap of one child, in MiB. */
  readonly heapMebibytes: number;
}

type RunOptions = Parameters<Executor['run']>[1];

/** Runs every job in a child process of its own, so that nothing it does harms another. */
export function createChildExecutor(options: ChildExecutorOptions): Executor {
  const nextId = createTaskIds(options.family.runId);
  return manage((job, runOptions) => runInChild(job, runOptions, options, nextId()));
}

async function runInChild(
  job: Job,
  runOptions: RunOptions,
  options: ChildExecutorOptions,
  taskId: string,
): Promise<JobAnswer> {
  const { family, files } = options;
  const oomKills = countOomKills();
  const child = startChild(job, options, taskId);
  const group = child.pid;
  if (group === undefined) return notStarted(child);
  family.reaper.add(group);
  const { onNote } = runOptions;
  readLines(child.stdout, (message) => onNote({ type: 'log', message }));
  const errors = readLines(child.stderr, (message) => onNote({ type: 'log', message }));
  let answer: JobAnswer | undefined;
  child.on('message', (message: FromChild) => {
    if (message.type === 'note') onNote(message.note);
    else answer = message.answer;
  });
  const ask = () => sendTo(child, { type: 'abort' });
  const { ended, stopped } = watch(child, { ...runOptions, graceMilliseconds: family.graceMilliseconds, ask });
  sendTo(child, { type: 'job', job });
  const { code, signal } = await ended;
  await lastMessage(child);
  const collected = await files.run(
    {
      type: 'collect',
      collection: {
        kin: { marker: `${taskMarker}=${taskId}`, groups: [group] },
        outputs: promised(job, answer),
        remove: [],
      },
    },
    {},
  );
  family.reaper.remove(group);
  await drained(child);
  const reason = stopped();
  if (reason !== undefined) return reason;
  if (answer === undefined) {
    return failureOfEnd(`The stage's process`, {
      code,
      signal,
      stderr: errors.tail(),
      oomKill: countOomKills() > oomKills,
    });
  }
  if (answer.status === 'failed') return answer;
  return collected.status === 'prepared' ? cancelled : collected;
}

function startChild(job: Job, { family, program, heapMebibytes }: ChildExecutorOptions, taskId: string): ChildProcess {
  family.reaper.start();
  return spawn(process.execPath, [`--max-old-space-size=${heapMebibytes}`, program], {
    cwd: job.scratch,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: markedEnvironment(family.runId, taskId),
  });
}

async function notStarted(child: ChildProcess): Promise<JobAnswer> {
  const [error]: unknown[] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
  const message = error instanceof Error ? error.message : String(error);
  return failed('exit', 'process-not-started', `No process could be started for the stage: ${message}`);
}

/** The outputs that the answer promises, which must have just these bytes when all processes are gone. */
function promised(job: Job, answer: JobAnswer | undefined) {
  if (answer?.status !== 'done') return {};
  return Object.fromEntries(
    Object.entries(answer.outputs).map(([name, { path, digest }]) => [
      name,
      { type: job.outputs[name] ?? ('file' as const), path, digest },
    ]),
  );
}

function sendTo(child: ChildProcess, message: ToChild): void {
  // A child that is gone already is heard of by its exit.
  if (child.connected) child.send(message, () => undefined);
}

/** An answer may arrive after the news of the exit; the end of the channel comes last. */
async function lastMessage(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  await Promise.race([once(child, 'disconnect'), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
}
