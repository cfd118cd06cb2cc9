import {
  confusionMatrix,
  recallPerClass,
  unweightedAverageRecall,
  weightedAverageRecall,
  type ConfusionMatrix,
} from '../metrics/index.ts';
import type { TrainingLabels } from '../train/model.ts';

/** How well some samples (segments or utterances) were recognised. Recalls are 0 to 1. */
export type Scores = {
  readonly samples: number;
  /** Over the classes that have samples. */
  readonly uar: number | null;
  readonly war: number | null;
  /** In the order of the classes; null for a class without samples. */
  readonly recalls: readonly (number | null)[];
  readonly confusion: ConfusionMatrix;
};

/** Scored on each level: a segment under its sentence's label, an utterance by the mean of its segments' posteriors. */
export type LevelScores = { readonly segment: Scores; readonly utterance: Scores };

/** In the framework's words: the unit is an utterance, its cluster the speaker. */
export type ScoredUtterance = {
  readonly unit: string;
  readonly fold: string;
  readonly cluster: string;
  readonly label: string;
  readonly predicted: string;
  readonly correct: boolean;
  /** Mean over the segments, in the order of the classes. */
  readonly posteriors: readonly number[];
  readonly segments: number;
};

/** The results of one seed, pooled over its folds: the artifact `scores` of `evaluate`. */
export type EvaluationScores = LevelScores & {
  readonly classes: readonly string[];
  readonly labels: TrainingLabels;
  readonly speakers: readonly (LevelScores & { readonly speaker: string; readonly lacking: readonly string[] })[];
  readonly folds: readonly (LevelScores & { readonly fold: string })[];
  readonly predictions: readonly ScoredUtterance[];
};

/** A sample by its actual and its predicted class. */
export interface Sample {
  readonly actual: number;
  readonly predicted: number;
}

export function scoresOf(samples: readonly Sample[], classes: number): Scores {
  const confusion = confusionMatrix(
    samples.map(({ actual }) => actual),
    samples.map(({ predicted }) => predicted),
    classes,
  );
  return {
    samples: samples.length,
    uar: unweightedAverageRecall(confusion),
    war: weightedAverageRecall(confusion),
    recalls: recallPerClass(confusion),
    confusion,
  };
}

/** The class with the highest posterior; the first of equals. */
export function likeliestClass(posteriors: readonly number[]): number {
  return posteriors.indexOf(Math.max(...posteriors));
}

/** The mean posterior of each class over the segments. */
export function meanPosteriors(segments: readonly (readonly number[])[]): number[] {
  const [first = []] = segments;
  return first.map((_, index) => segments.reduce((sum, segment) => sum + (segment[index] ?? 0), 0) / segments.length);
}
