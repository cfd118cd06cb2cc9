import { randomConfiguration } from './random-search.ts';
import type { ProposalRequest, TpeSettings } from './request.ts';
import type { Configuration } from './space.ts';

export function tpeConfiguration(request: ProposalRequest, { startup = 10 }: TpeSettings): Configuration | undefined {
  return startup >= 0 ? randomConfiguration(request) : undefined;
}
