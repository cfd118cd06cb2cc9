import { rankCandidates, splitTrials } from './candidates.ts';
import { canonicalJson } from '../../canonical-json.ts';
import { dependencyOrder, exists } from './conditions.ts';
import { randomConfiguration } from './random-search.ts';
import { randomOf } from './random.ts';
import type { ProposalRequest, TpeSettings } from './request.ts';
import { earlierTrials } from './seen.ts';
import { isSuccess, type Configuration, type Parameter, type Space } from './space.ts';

/**
 * The tree-structured Parzen estimator: densities of the better and of the other trials, l and g; of some candidates drawn
 * from l, the one with the highest l / g. Multivariate, and by groups of parameters that exist together.
 *
 * Sources: Bergstra et al., Algorithms for hyper-parameter optimization (NeurIPS 2011); Falkner et al., BOHB (ICML 2018), for
 * joint components; Watanabe, Tree-structured Parzen estimator (arXiv 2304.11127, 2023), for the choices among variants, which
 * are those of Optuna 5 with `multivariate=True, group=True`.
 */
export function tpeConfiguration(request: ProposalRequest, settings: TpeSettings): Configuration | undefined {
  const { observations, seed, trial } = request;
  const { startup = 10, candidates = 24 } = settings;
  if (observations.filter(isSuccess).length < Math.max(1, startup)) return randomConfiguration(request);
  const trials = splitTrials(request);
  const isTaken = earlierTrials(request);
  const groups = groupsOf(request.space);
  const rankings = groups.map((group, at) =>
    once(() => rankCandidates(group, trials, randomOf('tpe', seed, trial, at), candidates)),
  );

  /** Group by group, the best candidate that makes no earlier trial. */
  function choose(at: number, chosen: Configuration): Configuration | undefined {
    const [first] = groups[at] ?? [];
    if (!first) return isTaken(chosen) ? undefined : chosen;
    if (!exists(first, chosen)) return choose(at + 1, chosen);
    for (const candidate of rankings[at]?.() ?? []) {
      const found = choose(at + 1, { ...chosen, ...candidate });
      if (found) return found;
    }
    return undefined;
  }

  return choose(0, {}) ?? randomConfiguration(request);
}

/** Parameters with the same condition exist together; a group comes after those that its condition names. */
function groupsOf(space: Space): readonly (readonly Parameter[])[] {
  const groups = new Map<string, Parameter[]>();
  for (const parameter of dependencyOrder(space)) {
    const name = canonicalJson(parameter.when ?? {});
    groups.set(name, [...(groups.get(name) ?? []), parameter]);
  }
  return [...groups.values()];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
