import type { ComparedEntry, Comparison } from '../../experiment/comparison/index.ts';
import { counted } from '../duration.ts';
import type { Cell } from '../table.ts';
import { comparisonNotes } from './compare-notes.ts';
import { pValue, percent, points, range } from './compare-numbers.ts';
import type { Compared, ComparedTable } from './compare-print.ts';

/** With so many runs or fewer each is a column, with more each is a row. */
const mostColumns = 4;

/** A comparison of runs in tables and words. */
export function describeComparison(comparison: Comparison): Compared {
  const { units, clusters, clusterWord, classes, entries } = comparison;
  const notes = comparisonNotes(comparison);
  return {
    title: `${entries.length} runs on the same ${units} items of ${counted(clusters.length, clusterWord)} (${classes.join(', ')})`,
    tables: [
      runsTable(comparison),
      ...differingTable(comparison),
      clusterTable(comparison),
      contrastTable(comparison),
      ...mcnemarTable(comparison),
    ],
    notes,
    json: { ...comparison, notes },
    flat: flatTable(comparison),
  };
}

function runsTable({ entries, clusterWord }: Comparison): ComparedTable {
  return {
    title: `UAR in %: mean ± SD over the replicates, 95 % interval over ${clusterWord}s`,
    columns: ['', 'run', 'replicates', 'UAR', 'interval'],
    rows: entries.map(({ letter, title, replicates, uar, sd, interval }) => [
      letter,
      title,
      replicates.length,
      `${percent(uar)}${sd === undefined ? '' : ` ± ${percent(sd)}`}`,
      range(interval),
    ]),
  };
}

function differingTable({ entries, differing }: Comparison): ComparedTable[] {
  if (differing.length === 0) return [];
  return [
    besides(
      'What differs',
      entries,
      differing.map(({ name, values }) => [name, values.map((value) => value ?? null)]),
    ),
  ];
}

function clusterTable({ entries, clusters, clusterWord }: Comparison): ComparedTable {
  return besides(
    `UAR by ${clusterWord}, %`,
    entries,
    clusters.map((cluster, index) => [
      `${cluster} (${entries[0]?.clusters[index]?.units ?? 0})`,
      entries.map((entry) => percent(entry.clusters[index]?.uar ?? NaN)),
    ]),
  );
}

/** Rows of figures of all runs side by side, or with many runs a row for each of them. */
function besides(
  title: string,
  entries: readonly ComparedEntry[],
  rows: readonly (readonly [name: string, values: readonly Cell[]])[],
): ComparedTable {
  const letters = entries.map(({ letter }) => letter);
  if (entries.length <= mostColumns)
    return { title, columns: ['', ...letters], rows: rows.map(([name, values]) => [name, ...values]) };
  return {
    title,
    columns: ['', ...rows.map(([name]) => name)],
    rows: letters.map((letter, index) => [letter, ...rows.map(([, values]) => values[index] ?? null)]),
  };
}

function contrastTable({ entries, clusterWord }: Comparison): ComparedTable {
  const isOne = entries.length === 2;
  return {
    title: `Against A: sign-flip test by ${clusterWord}, differences in points`,
    columns: [
      ...['', 'difference', 'interval', 'p', ...(isOne ? [] : ['p (Holm)']), 'd_z'],
      ...['better/same/worse', 'could show', 'verdict'],
    ],
    rows: entries.flatMap(({ letter, contrast }) => {
      if (contrast === undefined) return [];
      const { difference, interval, test, adjustedP, dz, clusters, smallestDifference, verdict } = contrast;
      return [
        [
          letter,
          points(difference),
          range(interval),
          pValue(test.p),
          ...(isOne ? [] : [pValue(adjustedP)]),
          dz === undefined ? null : dz.toFixed(2),
          `${clusters.better}/${clusters.same}/${clusters.worse}`,
          smallestDifference === undefined ? null : percent(smallestDifference),
          verdict,
        ],
      ];
    }),
  };
}

function mcnemarTable({ entries }: Comparison): ComparedTable[] {
  const rows = entries.flatMap(({ letter, contrast }) => {
    if (contrast?.mcnemar === undefined) return [];
    const { onlyFirst, onlySecond, exactP, midP } = contrast.mcnemar;
    return [[letter, onlyFirst, onlySecond, pValue(exactP), pValue(midP)]];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: "McNemar's test, UNCLUSTERED: it takes all items as independent",
      columns: ['', 'only A right', 'only it right', 'exact p', 'mid-p'],
      rows,
    },
  ];
}

function flatTable({ entries, differing, clusters, clusterWord }: Comparison): Compared['flat'] {
  return {
    columns: [
      ...['letter', 'run', 'replicates', 'uar', 'uar_sd', 'uar_low', 'uar_high'],
      ...['difference', 'difference_low', 'difference_high', 'p', 'p_holm', 'd_z', 'could_show', 'verdict'],
      ...clusters.map((cluster) => `uar ${clusterWord} ${cluster}`),
      ...differing.map(({ name }) => name),
    ],
    rows: entries.map((entry, index) => [
      ...[entry.letter, entry.title, entry.replicates.length, exactly(entry.uar), exactly(entry.sd)],
      ...[exactly(entry.interval?.low), exactly(entry.interval?.high)],
      ...flatContrast(entry),
      ...entry.clusters.map(({ uar }) => exactly(uar)),
      ...differing.map(({ values }) => values[index] ?? null),
    ]),
  };
}

function flatContrast({ contrast }: ComparedEntry): Cell[] {
  return [
    exactly(contrast?.difference),
    exactly(contrast?.interval?.low),
    exactly(contrast?.interval?.high),
    exactly(contrast?.test.p),
    exactly(contrast?.adjustedP),
    exactly(contrast?.dz),
    exactly(contrast?.smallestDifference),
    contrast?.verdict ?? null,
  ];
}

const exactly = (value: number | undefined): Cell => value ?? null;
