import { dependencyOrder, exists } from './conditions.ts';
import type { Configuration, Json, Parameter, Space } from './space.ts';
import { allValues, gridValues } from './values.ts';

/**
 * How many configurations the grid has: those that differ in a parameter that exists.
 * @throws RangeError for a range without steps.
 */
export function gridSize(space: Space): number {
  return enumerate(space, gridValues).size;
}

/** Configuration `index` of the grid; undefined behind the last. The last parameter changes fastest. */
export function gridConfiguration(space: Space, index: number): Configuration | undefined {
  return enumerate(space, gridValues).at(index);
}

/** All configurations of a space by number; the size of one with a free range is Infinity, and it has none by number. */
export function allConfigurations(space: Space): Enumeration {
  return enumerate(space, allValues);
}

interface Enumeration {
  readonly size: number;
  /** From 0; undefined outside. */
  at(index: number): Configuration | undefined;
}

/** Counts and picks without listing: it branches only at parameters that conditions name. */
function enumerate(space: Space, valuesOf: (parameter: Parameter) => readonly Json[] | undefined): Enumeration {
  const parameters = dependencyOrder(space);
  const named = new Set(parameters.flatMap(({ when = {} }) => Object.keys(when)));
  const values = parameters.map(valuesOf);

  function count(from: number, chosen: Configuration): number {
    const parameter = parameters[from];
    if (!parameter) return 1;
    if (!exists(parameter, chosen)) return count(from + 1, chosen);
    const own = values[from];
    if (!own) return Infinity;
    if (!named.has(parameter.path)) return own.length * count(from + 1, chosen);
    return own.reduce<number>((sum, value) => sum + count(from + 1, { ...chosen, [parameter.path]: value }), 0);
  }

  function at(index: number): Configuration | undefined {
    let chosen: Configuration = {};
    let left = index;
    for (const [from, parameter] of parameters.entries()) {
      if (!exists(parameter, chosen)) continue;
      const next = (values[from] ?? []).find((value) => {
        const below = count(from + 1, { ...chosen, [parameter.path]: value });
        if (left < below) return true;
        left -= below;
        return false;
      });
      if (next === undefined) return undefined;
      chosen = { ...chosen, [parameter.path]: next };
    }
    return chosen;
  }

  const size = count(0, {});
  const within = (index: number) => Number.isSafeInteger(index) && index >= 0 && index < size;
  return { size, at: (index) => (Number.isFinite(size) && within(index) ? at(index) : undefined) };
}
