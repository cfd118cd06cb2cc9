import { bestFirst } from '../report/sweep-trials.ts';
import type { SweepOutcome, SweepSpec } from '../sweep/index.ts';
import type { Chosen, Replicate, TrialRecord } from '../sweep/sweep-record.ts';
import { selectionWords } from '../sweep/choose.ts';
import { shortNames } from '../sweep/search/space.ts';
import { counted, formatSeconds } from './duration.ts';
import { configurationText, objectiveText, objectiveWords, valueText } from './sweep-words.ts';
import { renderTable } from './table.ts';
import type { Colours } from './terminal.ts';

/** As many trials are shown. */
const shownTrials = 20;

/** What a sweep came to: its trials, the best first, what was chosen, and what that reaches on the test data. */
export function sweepResult(sweep: SweepSpec, outcome: SweepOutcome, colours: Colours): string {
  const { trials, final } = outcome;
  if (trials.length === 0) return '';
  return [trialTable(sweep, trials, colours), chosenText(sweep, outcome, colours), finalText(final, colours)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function trialTable(sweep: SweepSpec, trials: readonly TrialRecord[], colours: Colours): string {
  const sorted = trials.toSorted(bestFirst(sweep.objective.direction));
  const hasSearches = trials.some(({ search }) => search !== '');
  const rows = sorted
    .slice(0, shownTrials)
    .map((trial) => [
      ...(hasSearches ? [trial.search] : []),
      trial.trial,
      ...sweep.space.map(({ path }) => cell(trial.configuration[path])),
      objectiveText(trial.objective),
      spread(trial.replicates),
      trial.cost.epochs ?? null,
      formatSeconds(trial.cost.seconds),
      trial.error === undefined ? trial.status : `${trial.status} [${trial.error.code}]`,
    ]);
  const columns = [
    ...(hasSearches ? ['search'] : []),
    'trial',
    ...shortNames(sweep.space.map(({ path }) => path)),
    sweep.objective.field.at(-1) ?? 'objective',
    'SD',
    'epochs',
    'computed',
    'status',
  ];
  const more = sorted.length - rows.length;
  const title = colours.bold(`${counted(trials.length, 'trial')} by ${objectiveWords(sweep.objective)}`);
  const table = renderTable(columns, rows, colours.dim);
  return `${title}\n${table}${more > 0 ? `\n${colours.dim(`and ${counted(more, 'trial')} more; all are in trials.jsonl`)}` : ''}`;
}

const cell = (value: TrialRecord['configuration'][string] | undefined): string =>
  value === undefined ? '' : valueText(value);

/** Standard deviation over folds and seeds. */
function spread(replicates: readonly Replicate[]): string {
  const values = replicates.flatMap(({ value }) => (value === null ? [] : [value]));
  if (values.length < 2) return '-';
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1)).toFixed(4);
}

function chosenText(sweep: SweepSpec, { chosen, roles, status }: SweepOutcome, colours: Colours): string {
  if (chosen.length === 0) {
    const why = status === 'interrupted' ? 'not all trials have ended' : 'no trial came to its end';
    return colours.yellow(`Nothing was chosen: ${why}.`);
  }
  const lines = chosen.map(
    (one) =>
      `${placeText(one)}${configurationText(one.configuration, sweep.space)} (trial ${one.trial}: ${objectiveText(one.objective)})`,
  );
  return [colours.bold(`Chosen on development data; ${selectionWords(sweep.choice, roles)}`), ...lines].join('\n');
}

function placeText({ each, fold }: Chosen): string {
  const words = [...(each === undefined ? [] : [each]), ...(fold === undefined ? [] : [`fold ${fold}`])];
  return words.length === 0 ? '' : `${words.join(', ')}: `;
}

function finalText(final: SweepOutcome['final'], colours: Colours): string {
  if (final.length === 0) return '';
  const lines = final.flatMap(({ each, run, headline, status }) => [
    ...headline.map((line) => colours.bold(each === undefined ? line : `${each}: ${line}`)),
    colours.dim(status === 'done' ? `pipe show ${run}` : `${run}: ${status}`),
  ]);
  return [colours.bold('On the test data'), ...lines].join('\n');
}
