/** A value of a parameter, as YAML and JSON know it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Values that other parameters must have: all of the named ones, each one of its list. */
export type Condition = Readonly<Record<string, readonly Json[]>>;

interface Named {
  /** Where the value goes, such as `params.rate`; unique in its space. */
  readonly path: string;
  /** The parameter exists only where this holds; a parameter that does not exist fulfils no condition. */
  readonly when?: Condition;
}

/** One of several values, without an order. */
export interface Choice extends Named {
  readonly kind: 'choice';
  /** At least one, all different. */
  readonly values: readonly Json[];
}

/** A number from `low` to `high`, both included. */
export interface Range extends Named {
  readonly kind: 'range';
  readonly low: number;
  readonly high: number;
  /** Only `low`, `low + step`, ... up to `high`; any number without. */
  readonly step?: number;
  /** Only whole numbers; `low`, `high` and `step` (1 by default) are whole. */
  readonly integer?: boolean;
  /** Searched by ratio instead of difference; `low` is positive. */
  readonly log?: boolean;
  /** Points of a grid, from `low` to `high`; a range without a step has no grid without it. */
  readonly steps?: number;
}

export type Parameter = Choice | Range;

/** What is searched. The order is that of a grid: the last parameter changes fastest. */
export type Space = readonly Parameter[];

/** A value for each parameter that exists in it, by path. */
export type Configuration = Readonly<Record<string, Json>>;

/** What a trial came to. */
export interface Observation {
  readonly configuration: Configuration;
  /** Lower is better; undefined, NaN or Infinity for a failed trial. */
  readonly value: number | undefined;
}

/** A trial that gave a result. */
export interface Success extends Observation {
  readonly value: number;
}

export function isSuccess(observation: Observation): observation is Success {
  return observation.value !== undefined && Number.isFinite(observation.value);
}

/** The last part of each path, or as many as tell them apart and are no bare index of a list. */
export function shortNames(paths: readonly string[]): readonly string[] {
  const all = paths.map((path) => path.replace(/^stages\.([^.]+)\.with\./, '$1.'));
  return all.map((path) => {
    const parts = path.split('.');
    for (let count = 1; count < parts.length; count++) {
      const end = parts.slice(-count).join('.');
      const isAlone = all.filter((other) => other === end || other.endsWith(`.${end}`)).length === 1;
      if (isAlone && !/^\d+(\.|$)/.test(end)) return end;
    }
    return path;
  });
}
