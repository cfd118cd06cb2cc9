import type { Findings } from '../spec/findings.ts';
import {
  type JsonObject,
  type Path,
  type SourceTree,
  child,
  isList,
  isObject,
  keyPlaceOf,
  placeOf,
  valueAt,
} from '../spec/source-tree.ts';
import type { Json } from '../stage/index.ts';
import { type Parameter, type Space, spaceProblems } from './search/index.ts';
import { type Setting, readSettings } from './settings.ts';

export interface ReadSpace {
  readonly space: Space;
  settingsOf(parameter: string, value: unknown): readonly Setting[];
}

const kinds = ['choices', 'settings', 'range', 'log'] as const;
const numeric = ['step', 'integer', 'steps'] as const;

/** The `space` of a sweep, whose structure was checked. Tells of what cannot be searched. */
export function readSpace(tree: SourceTree, purpose: 'grid' | 'other', findings: Findings): ReadSpace {
  const written = child(child(tree.value, 'sweep'), 'space');
  const dimensions = isObject(written) ? Object.entries(written) : [];
  const named = new Map<string, ReadonlyMap<string, readonly Setting[]>>();
  for (const [name, dimension] of dimensions) {
    const settings = child(dimension, 'settings');
    if (isObject(settings)) named.set(name, readNamed(name, settings, tree));
  }
  const before = findings.count;
  const space = dimensions.flatMap(([name, dimension]) => readDimension(name, dimension, named, tree, findings));
  if (findings.count === before) {
    for (const { path, problem } of spaceProblems(space, purpose))
      findings.add('bad-space', keyPlaceOf(tree, ['sweep', 'space', path]), `\`${path}\` ${problem}.`, spaceAdvice);
  }
  return {
    space,
    settingsOf(parameter, value) {
      const settings = named.get(parameter);
      if (settings !== undefined) return settings.get(String(value)) ?? [];
      return [{ path: parameter, value: value as Json, place: placeOf(tree, pathOfValue(parameter, value, tree)) }];
    },
  };
}

/** Where a value is written; for one of a range, where the range is. */
function pathOfValue(parameter: string, value: unknown, tree: SourceTree): Path {
  const path = ['sweep', 'space', parameter];
  const dimension = valueAt(tree.value, path);
  const choices = child(dimension, 'choices');
  const [list, at] = isList(dimension) ? [dimension, path] : [isList(choices) ? choices : [], [...path, 'choices']];
  const index = list.findIndex((one) => JSON.stringify(one) === JSON.stringify(value));
  return index < 0 ? path : [...at, index];
}

const spaceAdvice = 'docs/sweeps.md says what can be searched.';

function readNamed(name: string, settings: JsonObject, tree: SourceTree): ReadonlyMap<string, readonly Setting[]> {
  return new Map(
    Object.entries(settings).map(([label, values]) => [
      label,
      isObject(values) ? readSettings(values, tree, ['sweep', 'space', name, 'settings', label]) : [],
    ]),
  );
}

function readDimension(
  name: string,
  dimension: Json,
  named: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  tree: SourceTree,
  findings: Findings,
): readonly Parameter[] {
  const fault = dimensionFault(name, dimension);
  if (fault !== undefined) {
    findings.add('bad-space', keyPlaceOf(tree, ['sweep', 'space', name]), fault.message, fault.advice);
    return [];
  }
  if (isList(dimension)) return [{ kind: 'choice', path: name, values: dimension }];
  const condition = child(dimension, 'when');
  const when = isObject(condition) ? { when: readCondition(condition, named) } : {};
  const choices = child(dimension, 'choices');
  const settings = child(dimension, 'settings');
  if (isList(choices)) return [{ kind: 'choice', path: name, values: choices, ...when }];
  if (isObject(settings)) return [{ kind: 'choice', path: name, values: Object.keys(settings), ...when }];
  const log = child(dimension, 'log');
  const [low, high] = numbers(log ?? child(dimension, 'range'));
  const [step, integer, steps] = numeric.map((key) => child(dimension, key));
  return [
    {
      kind: 'range',
      path: name,
      low: low ?? NaN,
      high: high ?? NaN,
      ...(typeof step === 'number' && { step }),
      ...(integer === true && { integer }),
      ...(log !== undefined && { log: true }),
      ...(typeof steps === 'number' && { steps }),
      ...when,
    },
  ];
}

function dimensionFault(
  name: string,
  dimension: Json,
): { readonly message: string; readonly advice: string } | undefined {
  const given = kinds.filter((kind) => child(dimension, kind) !== undefined);
  if (!isList(dimension) && given.length !== 1) {
    const what = given.length === 0 ? 'says nothing of what is tried' : `has ${given.join(' and ')}`;
    return { message: `\`${name}\` ${what}.`, advice: 'Give one of `choices`, `settings`, `range` and `log`.' };
  }
  const foreign = numeric.find((key) => child(dimension, key) !== undefined);
  if (foreign !== undefined && !given.includes('range') && !given.includes('log'))
    return { message: `\`${foreign}\` of \`${name}\` belongs to \`range\` and \`log\`.`, advice: 'Remove it.' };
  if (given[0] === 'settings' || name.includes('.')) return undefined;
  return {
    message: `\`${name}\` is not a path.`,
    advice: `Write for example \`params.${name}\`; names of your own are for \`settings\`.`,
  };
}

/** Names of settings are texts, also where YAML reads a number. */
function readCondition(
  condition: JsonObject,
  named: ReadonlyMap<string, unknown>,
): Readonly<Record<string, readonly Json[]>> {
  const entries = Object.entries(condition).map(([name, values]) => {
    const list = isList(values) ? values : [];
    return [name, named.has(name) ? list.map(String) : list] as const;
  });
  return Object.fromEntries(entries);
}

const numbers = (value: Json | undefined): readonly number[] =>
  isList(value) ? value.filter((entry) => typeof entry === 'number') : [];
