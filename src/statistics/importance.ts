/** A parameter's value in one trial: a number, the name of a choice, or undefined where the trial does not have it. */
export type Setting = number | string | undefined;

export interface ParameterImportance {
  /**
   * Share of the objective's variance that goes with the parameter, 0 to 1; undefined where the trials cannot tell: the
   * parameter or the objective never changed, or no level was tried twice.
   */
  readonly share: number | undefined;
  /** Groups that were compared. */
  readonly levels: number;
  /** Spearman's rank correlation with the objective, -1 to 1, where the settings are numbers that differ. */
  readonly correlation: number | undefined;
}

/** More different numbers than this are put into groups of about equal size. */
const mostLevels = 4;

/**
 * How much a parameter matters by the trials of a sweep: the variance between the means of its levels, as epsilon squared
 * (Kelley, PNAS 21, 1935), which takes off what as many levels would explain by chance. Numbers with more than four
 * different values are divided into up to four groups by rank, so that an optimum in the middle counts as well. It is the
 * parameter's own effect over the trials as they were made: what it does only together with another is left out, and a
 * search that has narrowed a parameter down shows less of it.
 */
export function parameterImportance(settings: readonly Setting[], objectives: readonly number[]): ParameterImportance {
  const groups = groupBy(levelsOf(settings), objectives);
  const numbers = settings.flatMap((setting, index) =>
    typeof setting === 'number' ? [[setting, objectives[index] ?? NaN] as const] : [],
  );
  return {
    share: epsilonSquared(groups),
    levels: groups.length,
    correlation: rankCorrelation(
      numbers.map(([setting]) => setting),
      numbers.map(([, objective]) => objective),
    ),
  };
}

/** (SSB - (L - 1) MSW) / SST over L groups, not below 0. */
export function epsilonSquared(groups: readonly (readonly number[])[]): number | undefined {
  const all = groups.flat();
  const [mean, free] = [meanOf(all), all.length - groups.length];
  const total = squares(all, mean);
  // The mean of equal numbers is rounded, and leaves squares of 1e-32 of theirs.
  if (groups.length < 2 || free < 1 || !(total > 1e-24 * squares(all, 0))) return undefined;
  const within = groups.reduce((sum, group) => sum + squares(group, meanOf(group)), 0);
  return Math.max(0, (total - within - (groups.length - 1) * (within / free)) / total);
}

/** Spearman's correlation, ties at their mean rank; undefined where either side has one value only. */
export function rankCorrelation(first: readonly number[], second: readonly number[]): number | undefined {
  const [a, b] = [meanRanks(first), meanRanks(second)];
  const mean = (a.length + 1) / 2;
  const product = a.reduce((sum, rank, index) => sum + (rank - mean) * ((b[index] ?? NaN) - mean), 0);
  const scale = Math.sqrt(squares(a, mean) * squares(b, mean));
  return scale > 0 ? product / scale : undefined;
}

function levelsOf(settings: readonly Setting[]): readonly string[] {
  const numbers = settings.filter((setting) => typeof setting === 'number');
  const isBinned = new Set(numbers).size > mostLevels;
  const bins = Math.max(2, Math.min(mostLevels, Math.floor(numbers.length / 3)));
  const ranks = meanRanks(numbers);
  let seen = 0;
  return settings.map((setting) => {
    if (typeof setting !== 'number') return setting === undefined ? 'absent' : `text ${setting}`;
    const rank = ranks[seen++] ?? 0;
    return isBinned ? `bin ${Math.floor(((rank - 0.5) / numbers.length) * bins)}` : `number ${setting}`;
  });
}

function groupBy(levels: readonly string[], values: readonly number[]): readonly (readonly number[])[] {
  const groups = new Map<string, number[]>();
  for (const [index, level] of levels.entries()) {
    const value = values[index] ?? NaN;
    const group = groups.get(level);
    if (group) group.push(value);
    else groups.set(level, [value]);
  }
  return [...groups.values()];
}

/** Ranks from 1; equal values share the mean of theirs. */
function meanRanks(values: readonly number[]): number[] {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = values.map(() => 0);
  for (let start = 0; start < order.length;) {
    let end = start;
    const value = values[order[start] ?? 0];
    while (end < order.length && values[order[end] ?? 0] === value) end++;
    for (const index of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const squares = (values: readonly number[], around: number): number =>
  values.reduce((sum, value) => sum + (value - around) * (value - around), 0);
