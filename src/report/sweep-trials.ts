import { type ParameterImportance, type Setting, parameterImportance } from '../statistics/index.ts';
import type { Sweep } from '../sweep/read-sweep.ts';
import type { Json } from '../sweep/search/space.ts';
import type { TrialRecord } from '../sweep/sweep-record.ts';

/** The trials of one search of a sweep, and what they say of the parameters. */
export interface Search {
  /** '' where the sweep has one. */
  readonly name: string;
  /** By number. */
  readonly trials: readonly TrialRecord[];
  /** Trials that were trained to the end. */
  readonly whole: readonly WholeTrial[];
  readonly importance: readonly (ParameterImportance & { readonly path: string })[];
  /** Numbers of the trials that were chosen. */
  readonly chosen: ReadonlySet<number>;
}

export type WholeTrial = TrialRecord & { readonly objective: number };

/** The searches of a sweep, in the order of their names. */
export function searchesOf({ record, trials }: Sweep): readonly Search[] {
  const names = [...new Set(trials.map(({ search }) => search))].sort();
  return names.map((name) => {
    const own = trials.filter(({ search }) => search === name);
    const whole = own.filter((trial): trial is WholeTrial => trial.status === 'done' && trial.objective !== null);
    const importance = record.space.map(({ path }) => ({
      path,
      ...parameterImportance(
        whole.map(({ configuration }) => settingOf(configuration[path])),
        whole.map(({ objective }) => objective),
      ),
    }));
    importance.sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
    const chosen = new Set((record.chosen ?? []).filter(({ search }) => search === name).map(({ trial }) => trial));
    return { name, trials: own, whole, importance, chosen };
  });
}

const settingOf = (value: Json | undefined): Setting =>
  value === undefined ? undefined : (numberOf(value) ?? jsonText(value));

/** The number that a value is, or that the name of a setting says, such as "3"; undefined for others. */
export function numberOf(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?(e-?\d+)?$/i.test(value) ? Number(value) : undefined;
}

export const jsonText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The best objective up to each trial, in their order. */
export function bestSoFar(trials: readonly WholeTrial[], direction: 'maximise' | 'minimise'): readonly number[] {
  const isBetter = (a: number, b: number) => (direction === 'maximise' ? a > b : a < b);
  let best: number | undefined;
  return trials.map(({ objective }) => (best = best === undefined || isBetter(objective, best) ? objective : best));
}
