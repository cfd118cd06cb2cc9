import { PipeError, exitCodes } from '../errors.ts';
import { parseYaml } from '../spec/parse-yaml.ts';
import { isList, isObject } from '../spec/source-tree.ts';
import type { Pipeline } from '../spec/types.ts';
import type { Json } from '../stage/index.ts';
import type { Parameter } from './search/index.ts';
import { type Setting, overrideOf } from './settings.ts';
import type { SweepSpec } from './sweep-spec.ts';

/** All that decides which trials a sweep has and what is chosen, but for code and data: those are in the keys of its tasks. */
export type Definition = Readonly<Record<string, Json>>;

/** The budget is not in it: a sweep may go on longer than was meant. */
export function definitionOf(
  sweep: SweepSpec,
  base: Pipeline,
  { overrides, engine }: { readonly overrides: readonly string[]; readonly engine?: string },
): Definition {
  const { objective, strategy, parallel, choice } = sweep;
  return {
    space: Object.fromEntries(sweep.space.map((parameter) => [parameter.path, parameterFacts(parameter, sweep)])),
    // Grids and random draws go through them in this order.
    order: sweep.space.map(({ path }) => path),
    strategy: { ...strategy },
    objective: { [objective.direction]: objective.text },
    parallel,
    choice,
    set: [...settingFacts(sweep.set), ...overrides],
    ...(sweep.each.some(({ name }) => name !== undefined) && {
      each: Object.fromEntries(sweep.each.map(({ name = '', settings }) => [name, settingFacts(settings)])),
    }),
    ...(engine !== undefined && { engine }),
    pipeline: written(base),
  };
}

function parameterFacts(parameter: Parameter, sweep: SweepSpec): Json {
  const { path: _, when, ...rest } = parameter;
  const condition = when === undefined ? {} : { when: { ...when } };
  if (rest.kind !== 'choice') return { ...rest, ...condition };
  const named = rest.values.map((value) => {
    const settings = sweep.settingsOf(parameter.path, value);
    const isItself = settings.length === 1 && settings[0]?.path === parameter.path;
    return isItself ? value : { settings: settingFacts(settings), name: value };
  });
  return { ...condition, values: named };
}

const settingFacts = (settings: readonly Setting[]): readonly string[] => settings.map(overrideOf);

/** What is written, without comments, order and what no trial depends on. */
function written({ file, text }: Pipeline): Json {
  const value = parseYaml(file, text).tree?.value;
  if (!isObject(value)) return null;
  const { sweep: _sweep, description: _description, data: _data, ...rest } = value;
  return rest;
}

export interface Difference {
  readonly path: string;
  readonly before: string;
  readonly now: string;
}

/** Where two definitions differ, by path. */
export function differences(
  before: Json | undefined,
  now: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(now)) return [];
  if (isObject(before) && isObject(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
    return names.flatMap((name) => differences(before[name], now[name], [...path, name]));
  }
  // Of long lists only the entries that differ can be seen.
  if (isList(before) && isList(now) && JSON.stringify([before, now]).length > 2 * shownCharacters) {
    const indices = Array.from({ length: Math.max(before.length, now.length) }, (_, index) => index);
    return indices.flatMap((index) => differences(before[index], now[index], [...path, String(index)]));
  }
  return [{ path: path.join('.'), before: show(before), now: show(now) }];
}

const shownCharacters = 100;

/** Refuses to go on with other trials than those that a sweep began with. */
export function requireSameSweep(
  { name, id, definition }: { readonly name: string; readonly id: string; readonly definition: Definition },
  now: Definition,
): void {
  const found = differences(definition, now);
  if (found.length === 0) return;
  const lines = found.slice(0, 10).map(({ path, before: old, now: given }) => `  ${path}: ${old} -> ${given}`);
  const rest = found.length > 10 ? [`  and ${found.length - 10} more`] : [];
  throw new PipeError(
    'sweep-changed',
    [`The sweep ${name} has changed since ${id} began:`, ...lines, ...rest].join('\n'),
    {
      exitCode: exitCodes.usage,
      advice:
        'Take the change back to go on with it, or begin another with --new: what both have in common is not done again.',
    },
  );
}

function show(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = isList(value) || isObject(value) ? JSON.stringify(value) : String(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters - 3)}...` : text;
}
