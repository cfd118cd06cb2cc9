import type { Configuration, Observation, Space } from './space.ts';

/** How the next configuration is found. */
export type Strategy =
  { readonly kind: 'grid' } | { readonly kind: 'random' } | ({ readonly kind: 'tpe' } & TpeSettings);

/** All that a proposal depends on. */
export interface ProposalRequest {
  readonly space: Space;
  readonly strategy: Strategy;
  /** Of the search, not of the trainings. */
  readonly seed: number;
  /** From 0. */
  readonly trial: number;
  /** Of the earlier trials whose results may be seen, in the order of their numbers. */
  readonly observations: readonly Observation[];
  /** Of the earlier trials whose results may not be seen yet, in the order of their numbers. */
  readonly pending?: readonly Configuration[];
}

export interface TpeSettings {
  /** Trials with a result before the first that is not random; 10 by default. */
  readonly startup?: number;
  /** Drawn from the density of the better trials, to take the best of them; 24 by default. */
  readonly candidates?: number;
}
