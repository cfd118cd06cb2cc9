import { DataError, defineStage, Type, type MatrixPoint } from '../src/stage/index.ts';
import type { EvaluationScores } from './evaluate/scores.ts';
import type { Protocol } from './split/protocol.ts';
import { writeReport } from './summarise/report.ts';
import { summarise, type Summary } from './summarise/summary.ts';

/** The matrix axis of the replicates. */
const seedAxis = 'seed';

/**
 * Folds and seeds to the headline: UAR pooled over all folds for each seed, then mean and SD over the seeds. Beside
 * it recalls, confusion, speakers, published figures, and what must be known of the protocol.
 */
export default defineStage({
  name: 'summarise',
  kind: 'reduce',
  description: 'Summarises the scores of all seeds, beside published figures.',
  params: Type.Object({
    published: Type.Optional(
      Type.Union([Type.Literal('savee'), Type.Literal('emodb'), Type.Literal('ravdess')], {
        description: 'Show the figures published for this corpus.',
      }),
    ),
  }),
  inputs: { scores: { each: 'json' }, protocol: 'json' },
  outputs: { summary: 'json' },
  async run({ scores: entries, protocol }, { published }) {
    requireSeedsOnly(entries.map(({ point }) => point));
    const seeds = await Promise.all(
      entries.map(async ({ point, read }) => ({
        seed: point[seedAxis] ?? null,
        scores: (await read()) as unknown as EvaluationScores,
      })),
    );
    seeds.sort((a, b) => Number(a.seed) - Number(b.seed));
    const [first] = seeds;
    if (!first) throw new DataError('no-scores', 'There are no scores to summarise.');
    const { labels } = first.scores;
    if (seeds.some(({ scores }) => scores.labels !== labels)) {
      throw new Error('the scores are of models and of controls with permuted labels');
    }
    const summary = summarise(seeds.map(({ scores }) => scores));
    const facts = protocol as unknown as Protocol;
    return {
      summary: {
        ...summary,
        seedNames: seeds.map(({ seed }) => seed),
        labels,
        protocol: facts,
        metrics: headlineFigures(summary),
        report: writeReport({ summary, protocol: facts, labels, published }),
      },
    };
  },
});

/** What lists of runs show and sort by; 0 to 1. */
function headlineFigures({ utterance, segment, meanOfSpeakers }: Summary): Readonly<Record<string, number>> {
  const figures = {
    uar: utterance.uar.mean,
    uarSd: utterance.uar.sd,
    war: utterance.war.mean,
    segmentUar: segment.uar.mean,
    segmentUarSd: segment.uar.sd,
    speakerUar: meanOfSpeakers.utterance.mean,
  };
  return Object.fromEntries(
    Object.entries(figures).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

/** Other axes are other configurations, which must not be averaged as if they were replicates. */
function requireSeedsOnly(points: readonly MatrixPoint[]): void {
  const axes = new Set(points.flatMap((point) => Object.keys(point)));
  for (const axis of axes) {
    if (axis === seedAxis || new Set(points.map((point) => point[axis])).size < 2) continue;
    throw new DataError(
      'mixed-scores',
      `The scores differ in ${axis}, not in their seed alone: they are not replicates.`,
      {
        advice: `Give this stage the axis, so that each has a summary: \`matrix: { ${axis}: same-as … }\`.`,
      },
    );
  }
}
