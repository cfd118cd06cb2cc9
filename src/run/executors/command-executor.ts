import { type EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import type { Executor, Job, JobAnswer, JobFailure } from '../job.ts';
import { commandFolders, commandOutputs, type PreparedCommand } from './command-files.ts';
import { cancelled, failed } from './failures.ts';
import { type Family, drained, markedEnvironment, watch } from './family.ts';
import { onLines } from './lines.ts';
import { countOomKills, failureOfEnd } from './process-end.ts';
import { sendSignal, taskMarker } from './processes.ts';
import { createTaskIds, manage } from './running-tasks.ts';
import { createTaskLog } from './task-log.ts';
import type { WorkerPool } from './worker-pool.ts';

export interface CommandExecutorOptions {
  readonly family: Family;
  /** Workers that copy a command's inputs and check its outputs. */
  readonly files: WorkerPool;
}

type RunOptions = Parameters<Executor['run']>[1];

/** Runs programs in any language, each in a scratch folder of its own with its inputs, outputs and code. */
export function createCommandExecutor(options: CommandExecutorOptions): Executor {
  const nextId = createTaskIds(options.family.runId);
  return manage(async (job, runOptions) => {
    const prepared = await options.files.run({ type: 'prepare', job }, { signal: runOptions.signal });
    if (prepared.status !== 'prepared') return prepared;
    return runCommand(job, prepared, runOptions, options, nextId());
  });
}

async function runCommand(
  job: Job,
  prepared: PreparedCommand,
  runOptions: RunOptions,
  { family, files }: CommandExecutorOptions,
  taskId: string,
): Promise<JobAnswer> {
  const oomKills = countOomKills();
  const [program = ''] = prepared.argv;
  const { child } = await startCommand(prepared, family, taskId);
  const group = child.pid;
  if (group === undefined) return notStarted(program, await child);
  family.reaper.add(group);
  const onLine = (message: string) => runOptions.onNote({ type: 'log', message });
  // Two logs, so that a chatty program does not push its own error away.
  const errors = createTaskLog(onLine);
  onLines(child.stdout, createTaskLog(onLine).add);
  onLines(child.stderr, errors.add);
  const ask = () => sendSignal(-group, 'SIGTERM');
  const guard = watch(group, { ...runOptions, graceMilliseconds: family.graceMilliseconds, ask });
  const { code, signal } = await endOf(child);
  guard.end();
  const collected = await files.run(
    {
      type: 'collect',
      collection: {
        kin: { marker: `${taskMarker}=${taskId}`, groups: [group] },
        outputs: code === 0 && guard.stopped() === undefined ? expected(job) : {},
        remove: commandFolders.map((name) => join(job.scratch, name)),
      },
    },
    {},
  );
  family.reaper.remove(group);
  await drained([child.stdout, child.stderr]);
  const stopped = guard.stopped();
  if (stopped !== undefined) return stopped;
  if (code !== 0)
    return failureOfEnd(program, { code, signal, stderr: errors.tail(), oomKill: countOomKills() > oomKills });
  return collected.status === 'prepared' ? cancelled : collected;
}

async function startCommand({ argv, folder, temporary }: PreparedCommand, family: Family, taskId: string) {
  // Loaded when there is a command at all: a run with nothing to do must start fast.
  const { execa } = await import('execa');
  family.reaper.start();
  const [program = '', ...rest] = argv;
  const child = execa(program, rest, {
    cwd: folder,
    env: { ...markedEnvironment(family.runId, taskId), TMPDIR: temporary },
    stdin: 'ignore',
    buffer: false,
    reject: false,
    // A group of its own, which is killed as a whole, by us and by the reaper.
    detached: true,
    cleanup: false,
  });
  // In an object, since a promise of execa's child would wait for its end.
  return { child };
}

/** Not execa's promise, which also waits for whoever inherited the pipes. */
async function endOf(child: EventEmitter): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  const [code, signal] = (await once(child, 'exit')) as [code: number | null, signal: NodeJS.Signals | null];
  return { code, signal };
}

function notStarted(
  program: string,
  { code, shortMessage }: { code?: string | undefined; shortMessage?: string | undefined },
): JobFailure {
  if (code === 'ENOENT') {
    return failed('exit', 'program-not-found', `The program '${program}' was not found.`, {
      advice: 'Install it, or write where it lies: it is looked for in PATH.',
    });
  }
  if (code === 'EACCES') {
    return failed('exit', 'program-not-executable', `The program '${program}' may not be executed.`, {
      advice: `Set its run bit (chmod +x), or name the interpreter first: [python3, "\${code}/..."].`,
    });
  }
  return failed(
    'exit',
    'program-not-started',
    `The program '${program}' could not be started: ${shortMessage ?? code ?? 'unknown'}`,
  );
}

/** Where the outputs must be, to be checked against their types. */
function expected(job: Job) {
  return Object.fromEntries(
    Object.entries(commandOutputs(job)).map(([name, path]) => [
      name,
      { type: job.outputs[name] ?? ('file' as const), path },
    ]),
  );
}
