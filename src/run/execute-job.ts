import { pathToFileURL } from 'node:url';
import { KnownFailure, failed, failureOf } from './executors/failures.ts';
import { createJobEngine, stageContext } from './executors/stage-context.ts';
import { stageInputs } from './executors/stage-inputs.ts';
import { writeOutputs } from './executors/stage-outputs.ts';
import type { Engine } from '../stage/index.ts';
import type { Job, JobAnswer, JobFailure, JobNote } from './job.ts';

export interface JobHooks {
  readonly onNote: (note: JobNote) => void;
  /** Asked for only when the stage does. */
  readonly signal: () => AbortSignal;
}

type Run = (inputs: unknown, params: unknown, context: unknown) => unknown;

/**
 * Runs one job in this process: reads and checks its inputs, runs the stage, writes its outputs to the
 * scratch folder. Never rejects: every outcome is an answer.
 */
export async function executeJob(job: Job, hooks: JobHooks): Promise<JobAnswer> {
  let readFailure: () => JobFailure | undefined = () => undefined;
  let engine: Engine | undefined;
  try {
    const run = runs.get(job.bundle) ?? (await loadStage(job));
    const inputs = stageInputs(job.inputs);
    readFailure = inputs.readFailure;
    if (job.engine !== undefined) engine = await createJobEngine(job);
    const returned = await run(inputs.values, job.params, stageContext(job, engine, hooks));
    // Rejections that the stage left behind become known before its answer is given.
    await new Promise(setImmediate);
    const failure = readFailure();
    if (failure !== undefined) return failure;
    return { status: 'done', outputs: writeOutputs(returned, job) };
  } catch (error) {
    return readFailure() ?? withSource(failureOf(error), job);
  } finally {
    engine?.close();
  }
}

const runs = new Map<string, Run>();

async function loadStage({ bundle, stageType }: Job): Promise<Run> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(bundle).href);
  } catch (error) {
    throw new KnownFailure(failureOf(error, 'stage-not-loaded'));
  }
  const stage = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (typeof stage !== 'object' || stage === null || !('run' in stage) || typeof stage.run !== 'function') {
    throw new KnownFailure(
      failed('threw', 'no-stage', `The default export of ${stageType} is not a stage with a run function (${bundle}).`),
    );
  }
  // Bound, because a stage may call its own helpers by `this`.
  const run = (stage.run as Run).bind(stage);
  runs.set(bundle, run);
  return run;
}

/** Names the corpus file that the stage found fault with, where only one can be meant. */
function withSource(failure: JobFailure, { inputs }: Job): JobFailure {
  if (failure.reason !== 'data' || failure.file !== undefined) return failure;
  const sources = Object.values(inputs).flatMap((input) =>
    input.kind === 'one' && typeof input.files.path === 'string' && input.files.source === true
      ? [input.files.path]
      : [],
  );
  const [file] = sources;
  return file !== undefined && sources.length === 1 ? { ...failure, file } : failure;
}
