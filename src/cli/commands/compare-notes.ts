import { type Comparison, type Contrast, alpha } from '../../experiment/comparison/index.ts';
import { pValue, percent, range } from './compare-numbers.ts';

/** With fewer clusters than this the interval is less sure than it says (docs/statistics.md). */
const fewClusters = 10;

/** The verdicts in words, and what must be known to read the tables. */
export function comparisonNotes(comparison: Comparison): string[] {
  return [
    ...comparison.entries.flatMap(({ letter, contrast }) =>
      contrast === undefined ? [] : [`${letter}: ${verdictText(contrast, comparison)}`],
    ),
    ...caveats(comparison),
    openingsNote(comparison),
  ];
}

function verdictText(contrast: Contrast, { entries, clusterWord }: Comparison): string {
  const { verdict, difference, interval, adjustedP, test, smallestDifference } = contrast;
  const others = entries.length - 1;
  const holm = others > 1 ? ` after Holm over ${others}` : '';
  if (verdict === 'same answers') return 'the same answers as A.';
  if (verdict !== 'inconclusive') {
    const bounds = interval === undefined ? '' : `95 % interval ${range(interval) ?? ''}; `;
    return `${verdict} than A by ${percent(Math.abs(difference))} points (${bounds}p = ${pValue(adjustedP)}${holm}).`;
  }
  if (test.smallestP > alpha) {
    const count = Math.log2(test.flips);
    const clusters = `${count} ${clusterWord}${count === 1 ? '' : 's'}`;
    return `inconclusive. With ${clusters} differing p cannot be below ${pValue(test.smallestP)}, whatever the difference.`;
  }
  if (contrast.smallestAdjustedP > alpha)
    return `inconclusive. After Holm over ${others} p cannot be below ${pValue(contrast.smallestAdjustedP)}, whatever the difference.`;
  const could =
    smallestDifference === undefined
      ? ''
      : ` These data would show a difference of about ${percent(smallestDifference)} points.`;
  return `inconclusive (p = ${pValue(adjustedP)}${holm}).${could}`;
}

function caveats({ entries, differing, clusters, clusterWord }: Comparison): string[] {
  const counts = new Set(entries.map(({ replicates }) => replicates.length));
  const told = differing.filter(({ kind }) => kind === 'code' || kind === 'engine' || kind === 'data');
  const sampled = entries.find(({ contrast }) => contrast?.test.method === 'sampled')?.contrast?.test.flips;
  return [
    ...(counts.size > 1
      ? ['The runs have different numbers of replicates: the one with fewer is less sure than the test takes it to be.']
      : []),
    ...(counts.has(1) ? ['A single replicate does not show how much a result depends on its seed.'] : []),
    ...(clusters.length > 1 && clusters.length < fewClusters
      ? [
          `Intervals over ${clusters.length} ${clusterWord}s are rough: they rest on so many observations, not on the items.`,
        ]
      : []),
    ...(told.length > 0
      ? [`More than parameters differs: ${told.map(({ name }) => name).join(', ')}. \`pipe diff\` tells more.`]
      : []),
    ...(differing.length === 0 ? ['No parameter, code, engine or data differs.'] : []),
    ...(sampled === undefined
      ? []
      : [`With so many ${clusterWord}s p is from ${sampled} draws of signs, from a fixed seed.`]),
    ...entries.flatMap(({ letter, sweep }) =>
      sweep === undefined
        ? []
        : [`${letter} comes from the sweep ${sweep}: \`pipe compare ${sweep}\` tells what its choice has seen.`],
    ),
  ];
}

function openingsNote({ openings, units }: Comparison): string {
  const { runs, partly, configurations } = openings;
  const others = partly === 0 ? '' : ` (${partly} of them on other test sets that share items with these)`;
  return (
    `These ${units} test items were evaluated by ${runs} recorded run${runs === 1 ? '' : 's'} of ${configurations} ` +
    `configuration${configurations === 1 ? '' : 's'}${others}. Choosing one by these figures is fitting to the test data.`
  );
}
