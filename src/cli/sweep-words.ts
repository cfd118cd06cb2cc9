import type { SweepPlan } from '../sweep/events.ts';
import { type Configuration, type Json, type Space, shortNames } from '../sweep/search/space.ts';
import type { Objective, TrialRecord } from '../sweep/sweep-record.ts';
import { counted, formatCount, formatSeconds } from './duration.ts';

/** `depth 4, rate 0.00123`. */
export function configurationText(configuration: Configuration, space: Space): string {
  const names = shortNames(space.map(({ path }) => path));
  return space
    .flatMap(({ path }, index) => {
      const value = configuration[path];
      return value === undefined ? [] : [`${names[index] ?? path} ${valueText(value)}`];
    })
    .join(', ');
}

export function valueText(value: Json): string {
  if (typeof value === 'number' && !Number.isInteger(value)) return String(Number(value.toPrecision(4)));
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

export const trialTitle = ({ search, trial }: Pick<TrialRecord, 'search' | 'trial'>): string =>
  search === '' ? `trial ${trial}` : `${search} trial ${trial}`;

/** Shares such as a UAR have 4 digits. */
export const objectiveText = (value: number | null): string => (value === null ? '-' : value.toFixed(4));

export const objectiveWords = ({ text, direction }: Objective): string => `${text}, ${direction}d`;

/** `240 trainings, 12 scalogram sets, about 3 h; 96 % reused`. */
export function planText({ trained, trials, counted: sampled, stages, reused, seconds }: SweepPlan): string {
  const sets = stages.filter(({ kind, sets: count }) => kind === 'map' && count > 0).at(-1);
  const trainings = stages.find(({ stage }) => stage === trained);
  const cached = trainings === undefined || trainings.cached === 0 ? '' : ` (${formatCount(trainings.cached)} done)`;
  const parts = [
    ...(trials === undefined ? [] : [counted(trials, 'trial')]),
    ...(trainings === undefined ? [] : [`${counted(trainings.tasks, 'training')}${cached}`]),
    ...(sets === undefined ? [] : [counted(sets.sets, `${sets.stage} set`)]),
    seconds === undefined ? 'time unknown' : `about ${formatSeconds(seconds)}`,
  ];
  const isSampled = trials === undefined || sampled < trials;
  return `${parts.join(', ')}; ${Math.round(reused * 100)} % reused${isSampled ? ' (reckoned from some of them)' : ''}`;
}
