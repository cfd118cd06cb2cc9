import { spawnSync } from 'node:child_process';
import type { Configuration, Space } from '../../../src/sweep/search/index.ts';
import { peerEnvironment, python } from '../peer.ts';

/** What optuna_search.py is asked. */
export interface OptunaRequest {
  readonly trials: number;
  readonly budgets: readonly number[];
  /** Names of the problems by which a decision is timed. */
  readonly timed: readonly string[];
  readonly problems: readonly {
    readonly name: string;
    readonly space: Space;
    readonly runs: readonly {
      readonly seed: number;
      readonly start: readonly Configuration[];
      /** Our and random search's least regret at each budget. */
      readonly best: readonly number[];
      readonly random: readonly number[];
    }[];
  }[];
}

/** What it answers. Probabilities are one-sided, by Mann and Whitney, one a budget. */
export interface OptunaAnswer {
  readonly version: string;
  readonly problems: readonly {
    readonly name: string;
    /** Least regrets: runs x budgets. */
    readonly optuna: readonly (readonly number[])[];
    /** Of the start points, by the Python functions: runs x points. */
    readonly startRegrets: readonly (readonly number[])[];
    /** Of decisions behind 1,000 trials; null where none was timed. */
    readonly milliseconds: readonly number[] | null;
    readonly worseThanOptuna: readonly number[];
    readonly betterThanRandom: readonly number[];
  }[];
}

/** Undefined, with a note, where there is no Python with Optuna. */
export function searchByOptuna(request: OptunaRequest): OptunaAnswer | undefined {
  const program = python();
  if (!program) return undefined;
  const { status, stdout, stderr, error } = spawnSync(program, ['bench/support/search/optuna_search.py'], {
    input: JSON.stringify(request),
    encoding: 'utf8',
    env: peerEnvironment(),
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return JSON.parse(stdout) as OptunaAnswer;
  console.log(`Optuna was not measured: ${error?.message ?? stderr.trim().split('\n').at(-1)}`);
  return undefined;
}
