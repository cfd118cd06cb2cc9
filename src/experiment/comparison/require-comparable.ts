import { type Entry, nameOf, usage } from './entries.ts';

const shownUnits = 5;

/**
 * Checks that all entries were tested on the same units, labels and classes. Throws a PipeError: `too-few-runs`, `same-run-twice`,
 * `different-classes`, `different-corpora`, `different-units`, `different-labels`.
 */
export function requireComparable(entries: readonly Entry[]): void {
  const [baseline, ...others] = entries;
  if (baseline === undefined || others.length === 0) {
    throw usage(
      'too-few-runs',
      'There is only one run to compare.',
      'Name two or more; the first is the baseline. `pipe ls` lists them.',
    );
  }
  const titles = entries.map(({ title }) => title);
  const twice = titles.find((title, index) => titles.indexOf(title) !== index);
  if (twice !== undefined) throw usage('same-run-twice', `The run ${twice} is named twice.`, 'Name each run once.');
  for (const other of others) {
    requireSameClasses(baseline, other);
    requireSameUnits(baseline, other);
    requireSameLabels(baseline, other);
  }
}

function requireSameClasses(baseline: Entry, other: Entry): void {
  const [own, theirs] = [[...baseline.classes].sort(), [...other.classes].sort()];
  if (own.join('\n') === theirs.join('\n')) return;
  throw usage(
    'different-classes',
    `The runs know different classes: ${own.join(', ')} in ${baseline.title}, ${theirs.join(', ')} in ${other.title}.`,
    'Recognising among other classes is another task; compare runs with the same ones.',
  );
}

function requireSameUnits(baseline: Entry, other: Entry): void {
  const missing = without(baseline, other);
  const additional = without(other, baseline);
  if (missing.length === 0 && additional.length === 0) return;
  if (missing.length === baseline.units.size) {
    throw usage(
      'different-corpora',
      `The runs were tested on different corpora: none of the ${baseline.units.size} units of ${baseline.title} ` +
        `(${sample(missing)}) is among the ${other.units.size} of ${other.title} (${sample(additional)}).`,
      'Runs are paired by unit; compare runs on the same corpus.',
    );
  }
  throw usage(
    'different-units',
    [
      'The runs were not tested on the same units:',
      ...difference(missing, other),
      ...difference(additional, baseline),
    ].join('\n  '),
    'Runs are paired by unit; give both the same selection of the corpus and the same split.',
  );
}

const difference = (units: readonly string[], where: Entry): string[] =>
  units.length === 0 ? [] : [`${units.length} not tested in ${where.title}: ${sample(units)}`];

/** Units of `one` that `other` has not, or not as often. */
function without(one: Entry, other: Entry): string[] {
  return [...one.units].flatMap(([unit, { tests }]) => ((other.units.get(unit)?.tests ?? 0) < tests ? [unit] : []));
}

function sample(units: readonly string[]): string {
  const shown = units.slice(0, shownUnits).join(', ');
  return units.length > shownUnits ? `${shown}, …` : shown;
}

function requireSameLabels(baseline: Entry, other: Entry): void {
  const changed = [...baseline.units].filter(([unit, { cluster, label }]) => {
    const found = other.units.get(unit);
    return found?.label !== label || found.cluster !== cluster;
  });
  const [first] = changed;
  if (first === undefined) return;
  const [unit, own] = first;
  const found = other.units.get(unit);
  throw usage(
    'different-labels',
    `${changed.length} unit${changed.length === 1 ? ' has' : 's have'} other labels or clusters, such as ${unit}: ${own.label} of ${own.cluster} in ` +
      `${baseline.title}, ${found?.label} of ${found?.cluster} in ${other.title}.`,
    `Compare runs on the same data. Did the labels change after ${nameOf(baseline.run)}?`,
  );
}
