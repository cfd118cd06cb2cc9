import { PipeError, exitCodes } from '../errors.ts';
import type { Roles } from '../stage/index.ts';
import { meanOf } from './objective.ts';
import type { Search } from './searches.ts';
import type { Chosen, Objective, Replicate, TrialRecord } from './sweep-record.ts';

export interface ChoiceRequest {
  readonly objective: Objective;
  readonly choice: 'pooled' | 'nested';
  /** The axis of the folds. */
  readonly axis: string;
  readonly searches: readonly Search[];
  readonly trials: readonly TrialRecord[];
}

/**
 * The best of the trials that were trained to the end. Pooled: by the mean over all folds and replicates. Nested: for each fold by the
 * mean over this fold's own replicates, which its test data had no part in. Of equal ones the first.
 */
export function choose(request: ChoiceRequest): readonly Chosen[] {
  const { searches, choice } = request;
  const parts = [...new Set(searches.map(({ each }) => each))];
  return parts.flatMap((each) => {
    if (choice === 'pooled') return bestOf(request, { each });
    return foldsOf(request).flatMap((fold) => bestOf(request, { each, fold }));
  });
}

/**
 * Refuses to test where a fold has no configuration of its own: it would get one whose choice has seen its test data.
 *
 * @param folds names of all folds of this part of the sweep
 * @throws PipeError `fold-without-choice`
 */
export function requireChoices(
  chosen: readonly Chosen[],
  each: string | undefined,
  folds: readonly string[],
  axis: string,
): void {
  const known = new Set(chosen.flatMap((one) => (one.each === each ? [one.fold] : [])));
  const missing = folds.filter((fold) => !known.has(fold));
  if (missing.length === 0) return;
  const part = each === undefined ? '' : ` of ${each}`;
  throw new PipeError(
    'fold-without-choice',
    `Nothing can be chosen for ${axis} ${missing.join(', ')}${part}: no trial came to its end there. The test data were not read.`,
    {
      exitCode: exitCodes.taskFailed,
      advice: 'Mend what makes its trials fail, and start the sweep again: those that failed are tried again.',
    },
  );
}

/** The best finished trial so far, of one search. */
export function bestTrial(objective: Objective, trials: readonly TrialRecord[]): TrialRecord | undefined {
  return best(
    objective,
    trials.flatMap((trial) => (trial.objective === null ? [] : [{ trial, value: trial.objective }])),
  );
}

/** What the choice has seen, in the words of the data. */
export function selectionWords(choice: 'pooled' | 'nested', roles: Roles | undefined): string {
  // What is in a fold's test part need not be whole clusters.
  if (choice === 'nested') return 'selection for each fold without its test data';
  return `selection saw all ${roles?.cluster ?? 'cluster'}s`;
}

function bestOf(
  { objective, searches, trials, axis }: ChoiceRequest,
  { each, fold }: { readonly each: string | undefined; readonly fold?: string },
): readonly Chosen[] {
  const names = searches.filter((search) => search.each === each).map(({ name }) => name);
  const candidates = trials
    .filter(({ search, status }) => status === 'done' && names.includes(search))
    .flatMap((trial) => {
      const seen = fold === undefined ? trial.replicates : trial.replicates.filter((one) => foldOf(one, axis) === fold);
      return seen.length === 0 ? [] : [{ trial, value: meanOf(seen) }];
    });
  const found = best(objective, candidates);
  if (found === undefined) return [];
  const value = candidates.find(({ trial }) => trial === found)?.value ?? NaN;
  return [
    {
      ...(each !== undefined && { each }),
      ...(fold !== undefined && { fold }),
      search: found.search,
      trial: found.trial,
      configuration: found.configuration,
      objective: value,
    },
  ];
}

function best(
  { direction }: Objective,
  candidates: readonly { readonly trial: TrialRecord; readonly value: number }[],
): TrialRecord | undefined {
  const sign = direction === 'maximise' ? -1 : 1;
  const sorted = candidates
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => sign * (a.value - b.value) || a.trial.trial - b.trial.trial);
  return sorted[0]?.trial;
}

const foldOf = ({ point }: Replicate, axis: string): string => String(point[axis]);

function foldsOf({ trials, axis }: ChoiceRequest): readonly string[] {
  return [...new Set(trials.flatMap(({ replicates }) => replicates.map((one) => foldOf(one, axis))))].sort();
}
