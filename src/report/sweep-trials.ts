import { type ParameterImportance, type Setting, parameterImportance } from '../statistics/index.ts';
import type { Sweep } from '../sweep/read-sweep.ts';
import type { Json, Parameter } from '../sweep/search/space.ts';
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

/** Orders trials: those that were trained to the end first, the best of them on top; paused and failed ones behind. */
export function bestFirst(direction: 'maximise' | 'minimise'): (a: TrialRecord, b: TrialRecord) => number {
  const ranks = { done: 0, paused: 1, failed: 2 };
  const sign = direction === 'maximise' ? -1 : 1;
  return (a, b) =>
    ranks[a.status] - ranks[b.status] || sign * ((a.objective ?? 0) - (b.objective ?? 0)) || a.trial - b.trial;
}

/** Where a value is on the axis of its parameter, 0 to 1. `alone`: where the axis has only one. */
export function placeOf(parameter: Parameter, value: Json, alone: number): number {
  if (parameter.kind === 'range') {
    const scale = (number: number) => (parameter.log === true ? Math.log(number) : number);
    return fraction(scale(Number(value)), scale(parameter.low), scale(parameter.high), alone);
  }
  const order = orderOf(parameter.values);
  return fraction(order.indexOf(JSON.stringify(value)), 0, order.length - 1, alone);
}

/** Numbers by their size, other choices as they stand. */
function orderOf(values: readonly Json[]): readonly string[] {
  const sorted = areNumbers(values) ? values.toSorted((a, b) => (numberOf(a) ?? 0) - (numberOf(b) ?? 0)) : values;
  return sorted.map((value) => JSON.stringify(value));
}

export const areNumbers = (values: readonly Json[]): boolean => values.every((value) => numberOf(value) !== undefined);

const fraction = (value: number, low: number, high: number, alone: number): number =>
  high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : alone;

/** The best objective up to each trial, in their order. */
export function bestSoFar(trials: readonly WholeTrial[], direction: 'maximise' | 'minimise'): readonly number[] {
  const isBetter = (a: number, b: number) => (direction === 'maximise' ? a > b : a < b);
  let best: number | undefined;
  return trials.map(({ objective }) => (best = best === undefined || isBetter(objective, best) ? objective : best));
}
