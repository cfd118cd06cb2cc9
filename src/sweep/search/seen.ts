import { canonicalJson } from '../../canonical-json.ts';
import type { ProposalRequest } from './request.ts';
import type { Configuration, Json } from './space.ts';

/** Tells whether an earlier trial, ended or not, has a configuration. */
export function earlierTrials({ observations, pending = [] }: ProposalRequest): (one: Configuration) => boolean {
  return (one) =>
    observations.some(({ configuration }) => areEqual(configuration, one)) ||
    pending.some((configuration) => areEqual(configuration, one));
}

export function areEqual(one: Configuration, other: Configuration): boolean {
  for (const path in one) if (!areEqualValues(one[path], other[path])) return false;
  return Object.keys(one).length === Object.keys(other).length;
}

function areEqualValues(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined || typeof one !== 'object' || typeof other !== 'object') return false;
  return canonicalJson(one) === canonicalJson(other);
}
