import type { TrainingLabels } from '../train/model.ts';

/** What a model answered about the test part of its fold: the artifact `answers` of `predict`. */
export type Answers = {
  readonly classes: readonly string[];
  /** What the model was trained on. */
  readonly labels: TrainingLabels;
  /** In order of their ids. */
  readonly utterances: readonly UtteranceAnswer[];
};

export type UtteranceAnswer = {
  readonly id: string;
  readonly speaker: string;
  /** The label as the corpus gives it. */
  readonly label: string;
  readonly sentence?: string;
  /** The posterior of each class for each segment, [segments][classes]. */
  readonly segments: readonly (readonly number[])[];
};
