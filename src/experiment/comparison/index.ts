import { openRun } from '../find-runs.ts';
import { type Openings, countOpenings } from '../openings.ts';
import { type RunName, runNames } from '../read-record.ts';
import { type Contrast, contrastAll } from './contrast.ts';
import { type Entry, readEntries } from './entries.ts';
import { type Figures, figuresOf } from './figures.ts';
import { type Differing, differingFacts } from './parameters.ts';
import { requireComparable } from './require-comparable.ts';

export { type Contrast, alpha, power } from './contrast.ts';
export type { Figures } from './figures.ts';
export type { Differing } from './parameters.ts';

/** Runs on the same test data beside each other; the first is the baseline. */
export interface Comparison {
  readonly stage: string;
  readonly classes: readonly string[];
  readonly units: number;
  /** What units are clustered by, such as `speaker`. */
  readonly clusterWord: string;
  readonly clusters: readonly string[];
  readonly entries: readonly ComparedEntry[];
  readonly differing: readonly Differing[];
  readonly openings: Openings;
}

export interface ComparedEntry extends Figures {
  /** A, B, ... */
  readonly letter: string;
  readonly title: string;
  readonly folder: string;
  /** Which trial of a sweep it is, or that it is the run of what a sweep has chosen. */
  readonly sweep: string | undefined;
  /** Against the first; undefined for it. */
  readonly contrast: Contrast | undefined;
}

/**
 * Compares recorded runs that are named as `findRun` understands. A run whose stage has several configurations in its matrix counts
 * as several. Throws a PipeError, with the run's name, for all that cannot be compared.
 */
export function compareRuns(experiments: string, wanted: readonly string[], stage?: string): Comparison {
  let names: readonly RunName[] | undefined;
  const found = wanted.map((name) => openRun(experiments, name, () => (names ??= runNames(experiments))));
  const entries = found.flatMap((run) => readEntries(run, stage));
  requireComparable(entries);
  return describe(experiments, entries);
}

function describe(experiments: string, entries: readonly Entry[]): Comparison {
  const figures = entries.map(figuresOf);
  const contrasts = contrastAll(
    entries,
    figures.map(({ clusters }) => clusters),
  );
  const [baseline] = entries;
  const record = baseline?.run.record;
  return {
    stage: baseline?.stage ?? '',
    classes: baseline?.classes ?? [],
    units: baseline?.units.size ?? 0,
    clusterWord: record?.roles?.cluster ?? 'cluster',
    clusters: figures[0]?.clusters.map(({ cluster }) => cluster) ?? [],
    entries: figures.flatMap((own, index) => {
      const entry = entries[index];
      if (entry === undefined) return [];
      const sweep = entry.run.record.sweep?.name;
      const contrast = contrasts[index - 1];
      return [{ ...own, letter: letterOf(index), title: entry.title, folder: entry.run.folder, sweep, contrast }];
    }),
    differing: differingFacts(entries),
    openings: countOpenings(experiments, new Set(baseline?.units.keys())),
  };
}

/** A to Z, then AA, as columns of a spreadsheet. */
function letterOf(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letterOf(Math.floor(index / 26) - 1) + last;
}
