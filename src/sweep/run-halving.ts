import type { ActionKey } from '../store/types.ts';
import { allFailed, createTrials, requireHope, settleAll } from './run-search.ts';
import type { Search } from './searches.ts';
import { type Configuration, type Rung, defaultMinimum, halvingRungs, propose, survivors } from './search/index.ts';
import type { SweepSpec } from './sweep-spec.ts';
import type { EndedTrial, TrialContext, TrialRequest } from './trial-runner.ts';

/**
 * Successive halving: all trials train for a few epochs, the better ones go on from there, until the last ones have trained in
 * full. A decision is taken when all of a rung have got there, so that it does not depend on which was first.
 */
export async function runHalving(search: Search, context: TrialContext): Promise<readonly EndedTrial[]> {
  const { sweep, place, emit } = context;
  const configurations = proposeAll(sweep);
  const rungs = rungsOf(sweep, configurations.length, context.pausingOf(search.each)?.epochs ?? 1);
  const trials = createTrials(context);
  const ended = new Map<number, EndedTrial>();
  let going: readonly number[] = configurations.map((_, index) => index + 1);
  for (const [index, rung] of rungs.entries()) {
    const isLast = index === rungs.length - 1;
    const requests = going.flatMap((trial): TrialRequest[] => {
      const configuration = configurations[trial - 1];
      const earlier = ended.get(trial);
      const [before, spent] = [earlier?.record.rungs ?? [], earlier?.seconds ?? new Map<ActionKey, number>()];
      const { epochs } = rung;
      return configuration ? [{ search, trial, configuration, rung: { epochs, isLast, before, spent } }] : [];
    });
    const results = await inTurn(requests, sweep.parallel, trials.run);
    if (place.signal.aborted || results.some((trial) => trial === undefined)) break;
    const known = results.filter((trial) => trial !== undefined);
    for (const trial of known) ended.set(trial.record.trial, trial);
    if (index === 0) requireHope(known);
    going = isLast ? [] : goOn(sweep, known, rungs[index + 1]);
    if (!isLast)
      emit({ type: 'rung-ended', search: search.name, epochs: rung.epochs, trials: known.length, goOn: going });
    if (going.length > 0) continue;
    // Only now it is known of whom no later rung comes, whatever an earlier start has recorded.
    for (const { record } of ended.values()) context.writer.trial(record, true);
    if (index > 0) requireSurvivor(known, rung);
    break;
  }
  return [...ended.values()];
}

/** Who was left behind is not taken instead: that the best ones fail says something that a person should look at. */
function requireSurvivor(known: readonly EndedTrial[], { epochs }: Rung): void {
  if (known.some(({ record }) => record.status !== 'failed')) return;
  const which = known.length === 1 ? 'The one trial' : `All ${known.length} trials`;
  throw allFailed(`${which} that went on to ${epochs} epochs failed`, known);
}

/** @param epochs of a full training */
export function rungsOf({ strategy }: SweepSpec, configurations: number, epochs: number): readonly Rung[] {
  if (strategy.kind !== 'halving' || configurations === 0) return [];
  const { minimum = defaultMinimum(epochs), factor } = strategy;
  return halvingRungs({ configurations, minimum: Math.min(minimum, epochs), maximum: epochs, factor });
}

/** All at once: none depends on a result. */
function proposeAll({ space, strategy, budget }: SweepSpec): readonly Configuration[] {
  const seed = strategy.kind === 'halving' ? strategy.seed : 0;
  const configurations: Configuration[] = [];
  for (let trial = 0; trial < (budget.trials ?? 0); trial += 1) {
    const next = propose({
      space,
      strategy: { kind: 'random' },
      seed,
      trial,
      observations: [],
      pending: configurations,
    });
    if (next === undefined) break;
    configurations.push(next);
  }
  return configurations;
}

/** Numbers of those that train on, in their order. */
function goOn({ objective }: SweepSpec, known: readonly EndedTrial[], next: Rung | undefined): readonly number[] {
  const sign = objective.direction === 'maximise' ? -1 : 1;
  const results = known.map(({ record }) => ({
    trial: record.trial,
    value: record.objective === null ? undefined : sign * record.objective,
  }));
  return [...survivors(results, next?.configurations ?? 0)].sort((a, b) => a - b);
}

/** So many at once, begun in their order. */
async function inTurn<R, T>(
  requests: readonly R[],
  atOnce: number,
  run: (request: R) => Promise<T | undefined>,
): Promise<readonly (T | undefined)[]> {
  const started: Promise<T | undefined>[] = [];
  for (const [index, request] of requests.entries()) {
    const before = started[index - atOnce];
    if (before !== undefined && (await before.catch(() => undefined)) === undefined) break;
    const ended = run(request);
    ended.catch(() => undefined);
    started.push(ended);
  }
  return settleAll(started);
}
