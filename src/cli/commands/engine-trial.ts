import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Proof } from '../../engine/install/tensorflow.ts';
import type { TrialReport } from '../../engine/install/trial-stage.ts';
import type { InstallableEngine } from '../../engine/installed.ts';
import { PipeError, exitCodes } from '../../errors.ts';
import { newRunId } from '../../experiment/index.ts';
import { type CodeCache, openCodeCache } from '../../plan/code-cache.ts';
import { installedEnvironment, loadEngineModule } from '../../plan/engines.ts';
import { createExecutors } from '../../run/executors/index.ts';
import type { Job, JobFailure } from '../../run/job.ts';
import { engineJob, oneGpu, trialTask } from './engine-job.ts';

/** Far more than the slowest engine needs on a slow machine: longer is a hang. */
const timeoutSeconds = 300;
/** Steps that are timed, and the seconds after which fewer will do. */
const timed = { steps: 5, seconds: 10 };
/**
 * A driver or library that computes nonsense is far beyond it. Float32 in another order of summation is not: the first
 * filter's gradient, behind three normalisations, differs by 0.002 to 0.006 between engines that are right.
 */
const tolerance = 0.05;

export interface TrialOptions {
  /** Folder of the library. */
  readonly folder: string;
  /** Where files of the trial may lie; they go with it. */
  readonly scratch: string;
  readonly gpu: boolean;
  readonly signal: AbortSignal;
}

/**
 * Tries an engine by its module in a process of its own, and the embedded one beside it: both must find the same loss and
 * gradients. Throws a PipeError (`engine-trial-failed`, or the engine's own) with the last lines of its output.
 */
export async function tryEngine(name: InstallableEngine, options: TrialOptions): Promise<Proof> {
  const { folder, gpu, signal } = options;
  const scratch = mkdtempSync(join(options.scratch, 'trial-'));
  const cache = openCodeCache(join(scratch, 'code'));
  const executors = createExecutors({ workers: 1, runId: newRunId() });
  const attempt = async (engine: string, library: string, gpus: number): Promise<TrialReport> => {
    const job = await trialJob(engine, { scratch, cache, library, gpus });
    const answer = await executors.processes.run(job, { signal, timeoutSeconds, onNote: () => undefined });
    signal.throwIfAborted();
    if (answer.status === 'failed') throw trialFailed(engine, answer);
    return JSON.parse(readFileSync(answer.outputs['report']?.path ?? '', 'utf8')) as TrialReport;
  };
  try {
    const found = await attempt(name, folder, gpu ? 1 : 0);
    const reference = await attempt('wasm', '', 0);
    requireAgreement(name, found, reference);
    const { loss: _loss, gradients: _gradients, stepSeconds, ...identity } = found;
    return { ...identity, timesWasm: median(stepSeconds) / median(reference.stepSeconds) };
  } finally {
    await executors.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function trialJob(
  name: string,
  place: { readonly scratch: string; readonly cache: CodeCache; readonly library: string; readonly gpus: number },
): Promise<Job> {
  const { cache, library, gpus } = place;
  const { bundle, assets, facts } = await loadEngineModule(cache, name);
  const environment = installedEnvironment(facts, { name, folder: library, gpus });
  const engine = {
    name,
    bundle,
    assets,
    threads: 1,
    environment,
    ...oneGpu({ name, gpus }),
    ...(library !== '' && { library }),
  };
  return engineJob(engine, place.scratch, await trialTask(cache, { ...timed, bundle, library }));
}

function requireAgreement(name: string, found: TrialReport, reference: TrialReport): void {
  const differences = [
    ['loss', difference([found.loss], [reference.loss])] as const,
    ...Object.entries(reference.gradients).map(
      ([parameter, values]) => [parameter, difference(found.gradients[parameter] ?? [], values)] as const,
    ),
  ];
  // Written so that NaN is a difference too.
  const wrong = differences.filter(([, size]) => !(size <= tolerance));
  if (wrong.length === 0) return;
  const list = wrong.map(([what, size]) => `${what} by ${size.toExponential(1)}`).join(', ');
  throw failure(name, `It computes other numbers than wasm: ${list}, relative.`);
}

/** Euclidean, relative to the reference: where two values tie in a maximum, rounding decides which one gets the gradient. */
function difference(found: readonly number[], reference: readonly number[]): number {
  if (found.length !== reference.length) return Infinity;
  const distance = reference.reduce((sum, value, index) => sum + ((found[index] ?? NaN) - value) ** 2, 0);
  return Math.sqrt(distance / reference.reduce((sum, value) => sum + value ** 2, 0));
}

function trialFailed(name: string, { reason, code, message, advice, detail = '' }: JobFailure): PipeError {
  // What the engine itself said of this machine is better than our words for it, but for a library that does not load:
  // its advice is to install, which is what we are at.
  if (reason === 'environment' && code !== 'engine-library')
    return new PipeError(code, message, { exitCode: exitCodes.environment, advice });
  // Of what was thrown the detail is the stack; of a process that ended, its last words.
  const words =
    reason === 'threw' || reason === 'environment' ? '' : `\n${detail.trim().split('\n').slice(-12).join('\n')}`;
  return failure(name, `${message}${words.trimEnd()}`);
}

function failure(name: string, text: string): PipeError {
  const another = name === 'tensorflow' ? ' Another release may work: --version.' : '';
  return new PipeError('engine-trial-failed', `The engine ${name} does not work here. ${text}`, {
    exitCode: exitCodes.environment,
    advice: `It was not installed, and nothing else was changed; \`wasm\` works.${another}`,
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = NaN, high = NaN] = sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1);
  return (low + high) / 2;
}
