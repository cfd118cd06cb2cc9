import { installCommand } from '../../engine/install-command.ts';
import type { Executor, Job, JobAnswer, JobFailure } from '../job.ts';
import { cancelled } from './failures.ts';
import { type Family, watch } from './family.ts';
import { countOomKills } from './process-end.ts';
import { taskMarker } from './processes.ts';
import { createTaskIds, manage } from './running-tasks.ts';
import { createTaskLog } from './task-log.ts';
import type { WorkerPool } from './worker-pool.ts';
import { failureOfWorker, startWorker } from './worker-process.ts';

export interface ChildExecutorOptions {
  readonly family: Family;
  /** The bundled `child-process.js`. */
  readonly program: string;
  /** Workers that look through what a child left behind. */
  readonly files: WorkerPool;
  /** The JavaScript heap of one child, in MiB. */
  readonly heapMebibytes: number;
}

type RunOptions = Parameters<Executor['run']>[1];

/** Runs every job in a process of its own, which ends with it. */
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
  const { onNote } = runOptions;
  const oomKills = countOomKills();
  const log = createTaskLog((message) => onNote({ type: 'log', message }));
  let answer: JobAnswer | undefined;
  const worker = startWorker(
    { ...options, taskId, folder: job.scratch, ...(job.engine && { environment: engineEnvironment(job.engine) }) },
    {
      onLine: log.add,
      onMessage(message) {
        if (message.type === 'note' && message.note.type === 'log') log.add(message.note.message);
        else if (message.type === 'note') onNote(message.note);
        if (message.type === 'answer' && message.answer.status !== 'prepared') answer ??= message.answer;
        if (message.type === 'spoiled') answer ??= message.failure;
        // The answer is all that we want of it.
        if (answer !== undefined) worker.kill();
      },
    },
  );
  const group = worker.pid;
  if (group === undefined) return failureOfWorker(await worker.ended, { stderr: '', oomKill: false });
  const ask = () => worker.send({ type: 'abort' });
  const guard = watch(group, { ...runOptions, graceMilliseconds: family.graceMilliseconds, ask });
  worker.send({ type: 'task', task: { type: 'job', job } });
  const end = await worker.ended;
  guard.end();
  const kin = { marker: `${taskMarker}=${taskId}`, groups: [group] };
  const collection = { kin, outputs: promised(job, answer), remove: [] };
  const collected = await files.run({ type: 'collect', collection }, {});
  family.reaper.remove(group);
  const stopped = guard.stopped();
  if (stopped !== undefined) return stopped;
  if (answer === undefined) {
    const failure = failureOfWorker(end, { stderr: log.tail(), oomKill: countOomKills() > oomKills });
    return job.engine === undefined ? failure : withEngine(failure, job.engine);
  }
  if (answer.status === 'failed') return answer;
  return collected.status === 'prepared' ? cancelled : collected;
}

/** Settings of numerical libraries: they change bits, and the key does not know them. */
const numericSetting = /^(TF|ONEDNN|DNNL|MKL|OMP|KMP|XLA|CUBLAS|CUDNN|NVIDIA_TF32)_/;

/** What the process of an engine is started with, beside this one's variables; undefined takes one away. */
function engineEnvironment({ name, environment, gpu }: NonNullable<Job['engine']>): NodeJS.ProcessEnv {
  const settings = Object.keys(process.env).filter((variable) => numericSetting.test(variable));
  return {
    ...Object.fromEntries(settings.map((variable) => [variable, undefined])),
    ...environment,
    ...(name === 'tensorflow' && gpu !== undefined && { CUDA_VISIBLE_DEVICES: gpu }),
  };
}

/** A process that crashes in native code crashed in its engine, most likely. */
function withEngine(failure: JobFailure, { name, device }: NonNullable<Job['engine']>): JobFailure {
  if (failure.code !== 'process-crashed' || name === 'wasm') return failure;
  return {
    ...failure,
    code: 'engine-crashed',
    message: failure.message.replace("The stage's process", `The process of the engine ${name}`),
    advice:
      'Run the same command again: a training goes on after its last whole epoch. ' +
      `If it crashes again, mend the engine (\`${installCommand(name, { device, force: true })}\`) or take another (\`--engine wasm\`).`,
  };
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
