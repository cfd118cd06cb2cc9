/**
 * What takes a stage's place when a recorded run is applied to new data (`pipe predict`). The source of the run's items gives
 * way to one that lists the new files; what the run's own map stages make of them goes to a stage that answers without
 * knowing the truth.
 */
export interface NewData {
  /**
   * A source type with the one parameter `paths`: absolute paths of files and folders. It gives an item for each file, whose
   * id is its absolute path, also where the file cannot be read; columns that are not known are null.
   */
  readonly source: string;
  /**
   * A reduce stage type without required parameters and with a JSON output `answers`, which holds `NewDataAnswers`. Its inputs
   * - that have the name of an input of the declaring stage: with `items`, the same stages' outputs for the new items; with
   *   `each`, that input's recorded results at all points of their matrix;
   * - that have another name, `items` and `optional`: the outputs of the nearest stage before those items that gives all of
   *   these names and types, and undefined where none does.
   */
  readonly stage: string;
}

/** What a run's models answer about new items. */
export type NewDataAnswers = {
  readonly classes: readonly string[];
  /** What must be told beside every answer, such as that the models are a control. */
  readonly notes: readonly string[];
  /** In the order of the items. */
  readonly items: readonly (NewDataAnswer | NewDataFault)[];
};

/** A judgement that several models share. */
export type Judgement = {
  readonly predicted: string;
  /** By class: the mean over the models. */
  readonly posteriors: readonly number[];
  /** By class: the standard deviation over the models (divided by n - 1); null for one model. */
  readonly deviations: readonly number[] | null;
  /** The part of the models, 0 to 1, whose own answer is `predicted`. */
  readonly agreement: number;
};

export type NewDataAnswer = Judgement & {
  /** In the order of time; start and end in seconds from the beginning of the file, null where nothing tells them. */
  readonly segments: readonly (Judgement & { readonly start: number | null; readonly end: number | null })[];
};

/** An item that cannot be judged, although its stages made something of it. */
export type NewDataFault = {
  readonly fault: { readonly code: string; readonly message: string; readonly advice: string | null };
};
