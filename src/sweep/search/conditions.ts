import { canonicalJson } from '../../canonical-json.ts';
import type { Configuration, Parameter, Space } from './space.ts';

/** Whether a parameter exists, given those that its condition names. */
export function exists({ when = {} }: Parameter, configuration: Configuration): boolean {
  return Object.entries(when).every(([path, values]) => {
    const value = configuration[path];
    if (value === undefined) return false;
    const text = canonicalJson(value);
    return values.some((one) => canonicalJson(one) === text);
  });
}

/**
 * The parameters so that each comes after those that its condition names, else as declared.
 * @throws RangeError when conditions go in a circle or name no parameter; {@link spaceProblems} says which.
 */
export function dependencyOrder(space: Space): Space {
  const ordered: Parameter[] = [];
  const placed = new Set<string>();
  const waiting = [...space];
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ when = {} }) => Object.keys(when).every((path) => placed.has(path)));
    const [parameter] = next < 0 ? [] : waiting.splice(next, 1);
    if (!parameter)
      throw new RangeError(`conditions that cannot be met: ${waiting.map(({ path }) => path).join(', ')}`);
    ordered.push(parameter);
    placed.add(parameter.path);
  }
  return ordered;
}
