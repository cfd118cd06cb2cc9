import { PipeError, exitCodes } from '../errors.ts';
import { failureExitCode } from '../run/failure-exit-code.ts';
import { bestTrial } from './choose.ts';
import { hinderedTrial, isHindrance } from './hindrance.ts';
import type { Search } from './searches.ts';
import { type Configuration, type Observation, propose } from './search/index.ts';
import type { TrialRecord } from './sweep-record.ts';
import type { SweepSpec } from './sweep-spec.ts';
import { type EndedTrial, type TrialContext, type TrialRequest, runTrial } from './trial-runner.ts';

/** So many failed trials, and none that did not fail, are no accident. */
const hopeless = 3;

/**
 * Runs the trials of a search in the order of their numbers, `parallel` of them at once. Trial n is proposed when all up to n -
 * parallel have ended, from exactly their results: so the trials do not depend on which of the others has ended by then.
 *
 * @returns those that ended before the budget, the configurations or the user put an end to it
 */
export async function runSearch(search: Search, context: TrialContext): Promise<readonly EndedTrial[]> {
  const { sweep, place } = context;
  const { parallel } = sweep;
  const pending: Configuration[] = [];
  const started: Promise<EndedTrial | undefined>[] = [];
  const trials = createTrials(context);
  try {
    for (let index = 0; !place.signal.aborted; index += 1) {
      const seen = await Promise.all(started.slice(0, Math.max(0, index - parallel + 1)));
      if (seen.some((trial) => trial === undefined)) break;
      const known = seen.filter((trial) => trial !== undefined);
      if (isSpent(sweep, known, index)) break;
      const configuration = proposeNext(sweep, known, pending.slice(known.length), index);
      if (configuration === undefined) break;
      pending.push(configuration);
      const ended = trials.run({ search, trial: index + 1, configuration });
      // Whoever awaits it later hears of it; until then it is not unhandled.
      ended.catch(() => undefined);
      started.push(ended);
    }
  } catch (error) {
    trials.stop();
    await Promise.allSettled(started);
    throw error;
  }
  const ended = (await settleAll(started)).filter((trial) => trial !== undefined);
  if (!place.signal.aborted) requireHope(ended);
  return ended;
}

/** Waits for all, also where one rejects: nothing may still run behind an error. */
export async function settleAll<T>(started: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(started);
  return Promise.all(started);
}

export interface Trials {
  run(request: TrialRequest): Promise<EndedTrial | undefined>;
  /** Cancels those that run. */
  stop(): void;
}

/** Runs trials, records and tells how they ended. The first that rejects ends the others. */
export function createTrials(context: TrialContext): Trials {
  const { writer, emit, sweep, place } = context;
  const broken = new AbortController();
  const inner: TrialContext = {
    ...context,
    place: { ...place, signal: AbortSignal.any([place.signal, broken.signal]) },
  };
  const records: TrialRecord[] = [];
  return {
    stop: () => broken.abort(),
    async run(request) {
      try {
        const ended = await runTrial(request, inner);
        if (ended === undefined) return undefined;
        writer.trial(ended.record);
        if (ended.record.status === 'done') records.push(ended.record);
        emit({ type: 'trial-ended', record: ended.record, best: bestTrial(sweep.objective, records) });
        if (ended.failure !== undefined && isHindrance(ended.failure)) throw hinderedTrial(ended.record, ended.failure);
        return ended;
      } catch (error) {
        broken.abort();
        throw error;
      }
    },
  };
}

function proposeNext(
  sweep: SweepSpec,
  known: readonly EndedTrial[],
  pending: readonly Configuration[],
  index: number,
): Configuration | undefined {
  const { space, strategy, objective } = sweep;
  const sign = objective.direction === 'maximise' ? -1 : 1;
  const observations = known.map(({ record }): Observation => {
    const { configuration, objective: value } = record;
    return { configuration, value: value === null ? undefined : sign * value };
  });
  const seed = strategy.kind === 'grid' ? 0 : strategy.seed;
  const how = strategy.kind === 'halving' ? { kind: 'random' as const } : strategy;
  return propose({ space, strategy: how, seed, trial: index, observations, pending });
}

/** By trials; or by what those have cost that may be seen here, each task once: restarts make no difference. */
function isSpent({ budget }: SweepSpec, known: readonly EndedTrial[], index: number): boolean {
  if (index >= (budget.trials ?? Infinity)) return true;
  requireHope(known);
  if (budget.hours === undefined) return false;
  return computeSeconds(known) >= budget.hours * 3600;
}

/** Throws a PipeError (`all-trials-failed`). */
export function requireHope(known: readonly EndedTrial[]): void {
  const failed = known.filter(({ record }) => record.status === 'failed');
  if (failed.length < hopeless || failed.length < known.length) return;
  throw allFailed(`All of the first ${failed.length} trials failed`, failed);
}

/** @param what happened to which trials, in words */
export function allFailed(what: string, failed: readonly EndedTrial[]): PipeError {
  const [first, second] = failed;
  const { code = 'failed', message = '' } = first?.record.error ?? {};
  return new PipeError('all-trials-failed', `${what}, ${second ? 'the first ' : ''}with [${code}]: ${message}`, {
    exitCode: first?.failure ? failureExitCode(first.failure) : exitCodes.taskFailed,
    advice: 'Mend what the trials have in common; those that failed are tried again then.',
  });
}

/** Of all tasks of some trials, each once. */
export function computeSeconds(trials: readonly EndedTrial[]): number {
  const seconds = new Map(trials.flatMap((trial) => [...trial.seconds]));
  return Array.from(seconds.values()).reduce((sum, one) => sum + one, 0);
}
