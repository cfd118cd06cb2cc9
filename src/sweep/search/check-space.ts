import { canonicalJson } from '../../canonical-json.ts';
import { dependencyOrder } from './conditions.ts';
import { stepCount, stepOf } from './scale.ts';
import type { Parameter, Range, Space } from './space.ts';

/** What is wrong with a parameter, as the end of a sentence. */
export interface SpaceProblem {
  readonly path: string;
  readonly problem: string;
}

/** All that keeps a space from being searched; for a grid, ranges without steps as well. */
export function spaceProblems(space: Space, purpose: 'grid' | 'other' = 'other'): readonly SpaceProblem[] {
  const problems = space.flatMap((parameter, at) => {
    const { path } = parameter;
    const twice = space.findIndex((other) => other.path === path) < at ? ['is there twice'] : [];
    const own = parameter.kind === 'choice' ? choiceProblems(parameter.values) : rangeProblems(parameter, purpose);
    return [...twice, ...own, ...conditionProblems(parameter, space)].map((problem) => ({ path, problem }));
  });
  return problems.length > 0 ? problems : circles(space);
}

function choiceProblems(values: readonly unknown[]): string[] {
  if (values.length === 0) return ['has no values'];
  const texts = values.map((value) => JSON.stringify(value));
  const twice = texts.find((text, at) => texts.indexOf(text) < at);
  return twice === undefined ? [] : [`has the value ${twice} twice`];
}

function rangeProblems(range: Range, purpose: 'grid' | 'other'): string[] {
  const { low, high, integer = false, log = false, step, steps } = range;
  if (![low, high].every(Number.isFinite)) return ['has an end that is no number'];
  if (low > high) return [`ends at ${high}, which is below its begin ${low}`];
  const room = stepOf(range) ?? 0;
  const count = room > 0 ? stepCount(range, room) : 0;
  return [
    ...(step !== undefined && !(step > 0 && Number.isFinite(step)) ? ['has a step that is not above 0'] : []),
    ...(integer && ![low, high, step ?? 1].every(Number.isInteger)
      ? ['is of whole numbers, but does not begin, end or step so']
      : []),
    ...(log && low <= 0 ? ['is searched by ratio, but does not begin above 0'] : []),
    ...(log && low > 0 && low <= room / 2 ? ['is searched by ratio, but its step is twice its begin or more'] : []),
    ...(count > 1e6 ? ['has more than a million steps: leave the step out'] : []),
    ...(steps !== undefined && !(Number.isSafeInteger(steps) && steps >= 1) ? ['has `steps` that are no count'] : []),
    ...(purpose === 'grid' && steps === undefined && room === 0 && low < high ? ['needs `steps` in a grid'] : []),
  ];
}

function conditionProblems({ path, when = {} }: Parameter, space: Space): string[] {
  return Object.entries(when).flatMap(([name, values]) => {
    const named = space.find((other) => other.path === name);
    if (name === path) return ['has a condition on itself'];
    if (!named) return [`depends on ${name}, which is not searched`];
    if (values.length === 0) return [`depends on ${name}, but no value of it would do`];
    const impossible = values.filter((value) => !canHave(named, value));
    return impossible.map((value) => `depends on ${name} being ${JSON.stringify(value)}, which it never is`);
  });
}

function canHave(parameter: Parameter, value: unknown): boolean {
  if (parameter.kind === 'range') return typeof value === 'number' && value >= parameter.low && value <= parameter.high;
  const text = JSON.stringify(value);
  return parameter.values.some((one) => JSON.stringify(one) === text || canonicalJson(one) === text);
}

function circles(space: Space): readonly SpaceProblem[] {
  try {
    dependencyOrder(space);
    return [];
  } catch {
    const looping = space.filter((one) => dependsOnItself(one, space));
    return looping.map(({ path }) => ({ path, problem: 'depends on itself by way of its conditions' }));
  }
}

function dependsOnItself(parameter: Parameter, space: Space): boolean {
  const reached = new Set<string>();
  const open = Object.keys(parameter.when ?? {});
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    open.push(...Object.keys(space.find((other) => other.path === path)?.when ?? {}));
  }
  return reached.has(parameter.path);
}
