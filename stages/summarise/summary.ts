import { mean, pooledConfusionMatrix, standardDeviation, type ConfusionMatrix } from '../metrics/index.ts';
import type { EvaluationScores, LevelScores, Scores } from '../evaluate/scores.ts';

/** A figure of several seeds: the sample SD is null for one seed, the mean where no seed has the figure. */
export type Spread = {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
};

/** Results on one level over all seeds. Each seed's figures are of its counts pooled over the folds. */
export type LevelSummary = {
  readonly samples: number;
  readonly uar: Spread;
  readonly war: Spread;
  /** In the order of the classes. */
  readonly recalls: readonly Spread[];
  /** Counts summed over the seeds. */
  readonly confusion: ConfusionMatrix;
  /** Mean over the seeds of each row in %; null for a class without samples. */
  readonly confusionPercent: readonly (readonly (number | null)[])[];
};

export type Level = keyof LevelScores;
export const levels = ['utterance', 'segment'] as const satisfies readonly Level[];

export type SpeakerSummary = {
  readonly speaker: string;
  readonly utterances: number;
  /** Classes that the speaker has no utterance of: they are left out of the speaker's UAR. */
  readonly lacking: readonly string[];
  /** UAR of each seed. */
  readonly utterance: Spread;
  readonly segment: Spread;
  /** Of utterances, in the order of the classes; without a mean for a class that the speaker lacks. */
  readonly recalls: readonly Spread[];
};

export type FoldSummary = {
  readonly fold: string;
  readonly utterances: number;
  readonly utterance: Spread;
  readonly segment: Spread;
};

/** The numbers of the artifact `summary`. */
export type Summary = {
  readonly classes: readonly string[];
  readonly seeds: number;
  readonly utterance: LevelSummary;
  readonly segment: LevelSummary;
  readonly speakers: readonly SpeakerSummary[];
  /** Mean of the speakers' UAR, by seed. */
  readonly meanOfSpeakers: { readonly utterance: Spread; readonly segment: Spread };
  /** With random splits: UAR of each split, mean over the seeds. */
  readonly folds: readonly FoldSummary[];
};

/** @param seeds the scores of each seed; at least one, with the same classes */
export function summarise(seeds: readonly EvaluationScores[]): Summary {
  const classes = seeds[0]?.classes ?? [];
  const meanOfSpeakers = (level: Level) =>
    spread(seeds.map(({ speakers }) => mean(speakers.flatMap((speaker) => speaker[level].uar ?? []))));
  return {
    classes,
    seeds: seeds.length,
    utterance: summariseLevel(seeds.map(({ utterance }) => utterance)),
    segment: summariseLevel(seeds.map(({ segment }) => segment)),
    speakers: (seeds[0]?.speakers ?? []).map(({ speaker, lacking, utterance: { samples } }) => {
      const scores = seeds.flatMap(({ speakers }) => speakers.filter((one) => one.speaker === speaker));
      const recalls = classes.map((_, index) =>
        spread(scores.map(({ utterance }) => utterance.recalls[index] ?? null)),
      );
      return { speaker, lacking, utterances: samples, ...uarByLevel(scores), recalls };
    }),
    meanOfSpeakers: { utterance: meanOfSpeakers('utterance'), segment: meanOfSpeakers('segment') },
    folds: (seeds[0]?.folds ?? []).map(({ fold, utterance: { samples } }) => ({
      fold,
      utterances: samples,
      ...uarByLevel(seeds.flatMap(({ folds }) => folds.filter((one) => one.fold === fold))),
    })),
  };
}

export function spread(values: readonly (number | null)[]): Spread {
  const known = values.filter((value) => value !== null);
  return { mean: mean(known), sd: standardDeviation(known), values };
}

function summariseLevel(scores: readonly Scores[]): LevelSummary {
  const classes = scores[0]?.recalls.length ?? 0;
  const indices = Array.from({ length: classes }, (_, index) => index);
  return {
    samples: scores[0]?.samples ?? 0,
    uar: spread(scores.map(({ uar }) => uar)),
    war: spread(scores.map(({ war }) => war)),
    recalls: indices.map((index) => spread(scores.map(({ recalls }) => recalls[index] ?? null))),
    confusion: pooledConfusionMatrix(
      scores.map(({ confusion }) => confusion),
      classes,
    ),
    confusionPercent: indices.map((row) =>
      indices.map((column) =>
        mean(scores.flatMap(({ confusion }) => percentOfRow(confusion[row] ?? [], column) ?? [])),
      ),
    ),
  };
}

function uarByLevel(scores: readonly LevelScores[]): { readonly utterance: Spread; readonly segment: Spread } {
  return {
    utterance: spread(scores.map(({ utterance }) => utterance.uar)),
    segment: spread(scores.map(({ segment }) => segment.uar)),
  };
}

function percentOfRow(row: readonly number[], column: number): number | null {
  const samples = row.reduce((sum, count) => sum + count, 0);
  return samples === 0 ? null : (100 * (row[column] ?? 0)) / samples;
}
