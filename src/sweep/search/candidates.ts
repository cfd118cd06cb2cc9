import { canonicalJson } from '../../canonical-json.ts';
import { codingOf, encodeAll } from './coding.ts';
import { mixtureOf } from './mixture.ts';
import type { Random } from './random.ts';
import type { ProposalRequest } from './request.ts';
import { isSuccess, type Configuration, type Parameter, type Success } from './space.ts';

/** The earlier trials in two parts, each in the order of their numbers. */
export interface SplitTrials {
  readonly better: readonly Configuration[];
  readonly other: readonly Configuration[];
}

/**
 * The better ones are the best tenth of those with a result, at most 25; ties go to the earlier trial. A failed trial is one of
 * the others, and so is one that runs still, so that the next does not go where it is.
 */
export function splitTrials({ observations, pending = [] }: ProposalRequest): SplitTrials {
  const successes = observations.filter(isSuccess);
  const count = Math.min(Math.ceil(successes.length / 10), 25);
  const best = new Set<unknown>(successes.toSorted(byValue).slice(0, count));
  const configurations = (of: 'better' | 'other') =>
    observations.filter((one) => best.has(one) === (of === 'better')).map(({ configuration }) => configuration);
  return { better: configurations('better'), other: [...configurations('other'), ...pending] };
}

/**
 * Draws from the density of the better trials, and ranks by its ratio to that of the others, the best first; equal ones once.
 *
 * @param group parameters that exist together; a trial without them says nothing about them
 */
export function rankCandidates(
  group: readonly Parameter[],
  { better, other }: SplitTrials,
  random: Random,
  count: number,
): readonly Configuration[] {
  const codings = group.map(codingOf);
  const makers = codings.map(({ kernels }) => kernels);
  const good = mixtureOf(makers, encodeAll(codings, better));
  const bad = mixtureOf(makers, encodeAll(codings, other));
  const ranked = Array.from({ length: count }, () => {
    const point = good.draw(random);
    const configuration: Configuration = Object.fromEntries(
      codings.map(({ path, decode }, at) => [path, decode(point[at] ?? 0)]),
    );
    return { value: bad.logDensity(point) - good.logDensity(point), configuration };
  }).sort(byValue);
  return [...new Map(ranked.map(({ configuration }) => [canonicalJson(configuration), configuration])).values()];
}

function byValue(a: Pick<Success, 'value'>, b: Pick<Success, 'value'>): number {
  return a.value - b.value;
}
