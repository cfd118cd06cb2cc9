import { type Json, shortNames } from '../sweep/search/space.ts';
import type { SweepRecord } from '../sweep/sweep-record.ts';
import { type Search, bestFirst, jsonText } from './sweep-trials.ts';
import { type CsvValue, csv } from './tables/csv.ts';
import type { Cell, Table } from './tables/table.ts';

/** All trials of a search, the best on top; paused and failed ones behind. */
export function trialsTable(
  name: string,
  { name: search, trials, chosen }: Search,
  { space, objective }: SweepRecord,
): Table {
  const sorted = trials.toSorted(bestFirst(objective.direction));
  return {
    name,
    title: `Trials${search === '' ? '' : ` of ${search}`}, the best first`,
    columns: [
      'trial',
      'objective',
      ...shortNames(space.map(({ path }) => path)),
      'replicates',
      'epochs',
      'seconds',
      'status',
    ],
    rows: sorted.map(({ trial, status, objective: value, configuration, replicates, cost }): Cell[] => [
      String(trial),
      value === null ? null : value.toFixed(4),
      ...space.map(({ path }) => cellOf(configuration[path])),
      replicates.length,
      cost.epochs ?? null,
      Number(cost.seconds.toFixed(1)),
      chosen.has(trial) ? 'chosen' : status,
    ]),
    note: `Objective: ${objective.text}, to be ${objective.direction}d, the mean over its replicates. It is of development data.`,
  };
}

export function importanceTable(name: string, { name: search, importance, whole }: Search): Table {
  return {
    name,
    title: `What matters${search === '' ? '' : ` in ${search}`}, by ${whole.length} trial${whole.length === 1 ? ' that was' : 's that were'} trained to the end`,
    columns: ['parameter', 'share of variance, %', 'levels', 'rank correlation'],
    rows: importance.map(({ path, share, levels, correlation }) => [
      path,
      share === undefined ? null : (100 * share).toFixed(0),
      levels,
      correlation === undefined ? null : correlation.toFixed(2),
    ]),
    note:
      "A parameter's own effect over the trials that were made (epsilon squared); what it does only together with another, and " +
      'what the search has left out, is not in it.',
  };
}

/** What was chosen, for what, and by which objective. */
export function chosenTable({ chosen = [], space, objective }: SweepRecord): Table | undefined {
  if (chosen.length === 0) return undefined;
  return {
    name: 'chosen',
    title: 'The chosen configuration',
    columns: ['chosen for', 'trial', ...shortNames(space.map(({ path }) => path)), objective.text],
    rows: chosen.map(({ each, fold, trial, configuration, objective: value }): Cell[] => [
      [each, fold === undefined ? undefined : `fold ${fold}`].filter((part) => part !== undefined).join(', ') || 'all',
      String(trial),
      ...space.map(({ path }) => cellOf(configuration[path])),
      value.toFixed(4),
    ]),
  };
}

/** Four digits tell trials apart; all of them are in the CSV file. */
function cellOf(setting: Json | undefined): Cell {
  if (setting === undefined) return null;
  return typeof setting === 'number' ? String(Number(setting.toPrecision(4))) : jsonText(setting);
}

export function trialsCsv(searches: readonly Search[], { space }: SweepRecord): string {
  const columns = [
    'search',
    'trial',
    'status',
    'chosen',
    'objective',
    'epochs',
    'seconds',
    'run',
    ...space.map(({ path }) => path),
  ];
  return csv(
    columns,
    searches.flatMap(({ trials, chosen }) =>
      trials.map(({ search, trial, status, objective, cost, run, configuration }): CsvValue[] => [
        search,
        trial,
        status,
        chosen.has(trial) ? 1 : 0,
        objective,
        cost.epochs,
        cost.seconds,
        run,
        ...space.map(({ path }) => {
          const setting = configuration[path];
          return setting === undefined ? null : jsonText(setting);
        }),
      ]),
    ),
  );
}
