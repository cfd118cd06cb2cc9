import { performance } from 'node:perf_hooks';
import { propose, type Configuration, type Observation, type Strategy } from '../../../src/sweep/search/index.ts';
import type { Problem } from './problems.ts';

/** A search from its first trial on. */
export interface Searched {
  readonly configurations: readonly Configuration[];
  /** Of each trial. */
  readonly regrets: readonly number[];
}

export function runSearch({ space, regret }: Problem, strategy: Strategy, seed: number, trials: number): Searched {
  const observations = observe({ space, regret }, strategy, seed, trials);
  return {
    configurations: observations.map(({ configuration }) => configuration),
    regrets: observations.map(({ value }) => value),
  };
}

/** The least regret of the first trials, for each number of trials. */
export function leastRegrets(regrets: readonly number[], budgets: readonly number[]): number[] {
  return budgets.map((budget) => Math.min(...regrets.slice(0, budget)));
}

/** What each of `decisions` proposals behind so many trials takes, ms. */
export function decisionTimes(problem: Omit<Problem, 'name'>, trials: number, decisions: number): number[] {
  const observations = observe(problem, { kind: 'random' }, 0, trials);
  return Array.from({ length: decisions }, (_, at) => {
    const begin = performance.now();
    const configuration = propose({
      space: problem.space,
      strategy: { kind: 'tpe' },
      seed: 0,
      trial: trials + at,
      observations,
    });
    const taken = performance.now() - begin;
    if (configuration) observations.push({ configuration, value: problem.regret(configuration) });
    return taken;
  });
}

function observe({ space, regret }: Omit<Problem, 'name'>, strategy: Strategy, seed: number, trials: number) {
  const observations: (Observation & { readonly value: number })[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const configuration = propose({ space, strategy, seed, trial, observations });
    if (!configuration) break;
    observations.push({ configuration, value: regret(configuration) });
  }
  return observations;
}
