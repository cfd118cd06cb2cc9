import { type Search, bestFirst, jsonText, searchesOf } from '../../report/sweep-trials.ts';
import { findSweep, openSweep, type Sweep } from '../../sweep/read-sweep.ts';
import { type Json, type Parameter, shortNames } from '../../sweep/search/space.ts';
import type { TrialRecord } from '../../sweep/sweep-record.ts';
import { counted } from '../duration.ts';
import type { Cell } from '../table.ts';
import type { Compared, ComparedTable } from './compare-print.ts';
import { coordinate } from './compare-coordinates.ts';

/** The other trials are in --csv and --json. */
const shownTrials = 40;

/** The trials of a sweep by their objective, and how much each parameter matters. */
export function describeSweep(experiments: string, wanted: string): Compared {
  const sweep = openSweep(findSweep(experiments, wanted));
  const { record, trials } = sweep;
  const searches = sortedSearches(sweep);
  const { objective, space } = record;
  return {
    title: `Sweep ${record.name}/${record.id}: ${counted(trials.length, 'trial')}, ${objective.direction} ${objective.text}`,
    tables: searches.flatMap((one) => [trialsTable(one, sweep), importanceTable(one)]),
    notes: notesOf(sweep, searches),
    json: { record, trials, importance: searches.map(({ name, importance }) => ({ search: name, importance })) },
    flat: {
      columns: ['search', 'trial', 'status', 'objective', 'epochs', 'seconds', 'run', ...space.map(({ path }) => path)],
      rows: searches.flatMap(({ sorted }) =>
        sorted.map(({ search, trial, status, objective: value, cost, run, configuration }) => [
          ...[search, trial, status, value],
          ...[cost.epochs ?? null, cost.seconds, run ?? null],
          ...space.map(({ path }) => cellOf(configuration[path])),
        ]),
      ),
    },
  };
}

/** A search with its trials, the best on top. */
interface SortedSearch extends Search {
  readonly sorted: readonly TrialRecord[];
}

const sortedSearches = (sweep: Sweep): readonly SortedSearch[] =>
  searchesOf(sweep).map((search) => ({
    ...search,
    sorted: search.trials.toSorted(bestFirst(sweep.record.objective.direction)),
  }));

function trialsTable({ name, sorted, chosen }: SortedSearch, { record }: Sweep): ComparedTable {
  const { space, objective } = record;
  const objectives = sorted.flatMap((trial) => trial.objective ?? []);
  const scale: Parameter = {
    kind: 'range',
    path: objective.text,
    low: Math.min(...objectives),
    high: Math.max(...objectives),
  };
  const names = shortNames(space.map(({ path }) => path));
  return {
    title: `Trials${name === '' ? '' : ` of ${name}`}, the best on top${chosen.size > 0 ? '; * was chosen' : ''}`,
    columns: ['trial', 'objective', ...names],
    rows: sorted
      .slice(0, shownTrials)
      .map(({ trial, status, objective: value, configuration }): Cell[] => [
        `${trial}${chosen.has(trial) ? ' *' : ''}${status === 'done' ? '' : ` ${status}`}`,
        coordinate(scale, value ?? undefined, (found) => Number(found).toFixed(4)),
        ...space.map((parameter) => coordinate(parameter, configuration[parameter.path], jsonText)),
      ]),
  };
}

function importanceTable({ name, importance, whole }: Search): ComparedTable {
  return {
    title: `What matters${name === '' ? '' : ` in ${name}`}, by ${counted(whole.length, 'whole trial')}`,
    columns: ['parameter', 'variance, %', 'levels', 'rank correlation'],
    rows: importance.map(({ path, share, levels, correlation }) => [
      path,
      share === undefined ? null : (100 * share).toFixed(0),
      levels,
      correlation === undefined ? null : correlation.toFixed(2),
    ]),
  };
}

function notesOf({ record, trials }: Sweep, searches: readonly SortedSearch[]): string[] {
  const hidden = searches.reduce((sum, { sorted }) => sum + Math.max(0, sorted.length - shownTrials), 0);
  return [
    ...(record.status === 'done' ? [] : [`The sweep is not done: it is ${record.status}.`]),
    ...(record.selection === undefined ? [] : [`About the choice: ${record.selection}.`]),
    ...(trials.some(({ status }) => status === 'paused')
      ? ['Paused trials were not trained to the end; they stand behind, and do not count for what matters.']
      : []),
    ...(searches.some(({ importance }) => importance.some(({ share }) => share === undefined))
      ? ['Where no variance is given, no level was tried twice, or nothing changed: that cannot be told from chance.']
      : []),
    ...(hidden > 0 ? [`${counted(hidden, 'more trial')} ${hidden === 1 ? 'is' : 'are'} in --csv and --json.`] : []),
    "Variance is a parameter's own effect over the trials that were made; what it does only together with another, and what " +
      'the search has left out, is not in it. Objectives are of development data.',
  ];
}

const cellOf = (value: Json | undefined): Cell =>
  value === undefined ? null : typeof value === 'number' ? value : jsonText(value);
