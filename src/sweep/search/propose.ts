import { gridConfiguration } from './grid.ts';
import { randomConfiguration } from './random-search.ts';
import type { ProposalRequest } from './request.ts';
import type { Configuration } from './space.ts';
import { tpeConfiguration } from './tpe.ts';

/**
 * The configuration of a trial: the same for the same request, on every machine. Never one that an earlier trial has, since a
 * training with the same parameters and seeds gives the same result again.
 * @returns undefined when all configurations of the space have been proposed.
 * @throws RangeError for a space with problems; see {@link spaceProblems}.
 */
export function propose(request: ProposalRequest): Configuration | undefined {
  const { strategy, space, trial } = request;
  switch (strategy.kind) {
    case 'grid':
      return gridConfiguration(space, trial);
    case 'random':
      return randomConfiguration(request);
    case 'tpe':
      return tpeConfiguration(request, strategy);
  }
}
