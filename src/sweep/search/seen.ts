import { canonicalText } from './canonical.ts';
import type { ProposalRequest } from './request.ts';
import type { Configuration, Json } from './space.ts';

/** Tells whether an earlier trial, ended or not, has a configuration. */
export function earlierTrials({ observations, pending = [] }: ProposalRequest): (one: Configuration) => boolean {
  return (one) =>
    observations.some(({ configuration }) => areEqual(configuration, one)) ||
    pending.some((configuration) => areEqual(configuration, one));
}

export function areEqual(one: Configuration, other: Configuration): boolean {
  const paths = Object.keys(one);
  return paths.length === Object.keys(other).length && paths.every((path) => areEqualValues(one[path], other[path]));
}

function areEqualValues(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || typeof one !== 'object' || typeof other !== 'object') return false;
  return canonicalText(one) === canonicalText(other);
}
