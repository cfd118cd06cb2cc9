import type { ArtifactRecord, OutputValues } from './define-stage.ts';
import type { Json, Waveform } from './artifact.ts';

/**
 * What a report shows of a stage's work on one unit. It is the default export of `STAGE.view.ts` beside the stage's own
 * file, and no part of any key: a better picture makes no result anew. A stage without such a file is left out.
 */
export interface StageView<O extends ArtifactRecord = ArtifactRecord> {
  /** The outputs of the stage that are shown, with their types. */
  readonly outputs: O;
  /** Pure. Gives no parts for a unit that the task knows nothing of, as the task of another fold. */
  view(given: {
    readonly outputs: OutputValues<O>;
    /** Of the stage, with defaults. */
    readonly params: Readonly<Record<string, Json>>;
    readonly unit: string;
  }): readonly ViewPart[];
}

export type ViewPart = AudioPart | PiecesPart | PicturePart | CurvePart;

/** Sound to listen to; of several stages' the last is played, at a comfortable level. */
export interface AudioPart {
  readonly kind: 'audio';
  /** What it is, such as `Speech without silence at its ends`. */
  readonly title: string;
  readonly audio: Waveform;
}

/** Where the unit's pieces are in its sound, by number from 0. Pictures and curves are of one piece each. */
export interface PiecesPart {
  readonly kind: 'pieces';
  /** What a piece is called, such as `segment`. */
  readonly word: string;
  readonly startSeconds: readonly number[];
  /** How much of each piece is real, and not padding. */
  readonly realSeconds: readonly number[];
}

/** Numbers over time and something else, as colours. */
export interface PicturePart {
  readonly kind: 'picture';
  readonly title: string;
  readonly piece: number;
  /** [columns][rows], row 0 at the bottom; column i is `stepSeconds` wide and begins at `startSeconds + i stepSeconds`. */
  readonly values: readonly Float32Array[];
  readonly startSeconds: number;
  readonly stepSeconds: number;
  /** What the numbers are, such as `Log magnitude`. */
  readonly quantity: string;
  readonly rows: {
    readonly title: string;
    readonly unit: string;
    readonly scale: 'linear' | 'log';
    readonly centres: readonly number[];
  };
}

/** Shares of intervals of time in a piece, which sum to 1; drawn above the piece's picture. */
export interface CurvePart {
  readonly kind: 'curve';
  /** What they are shares of, such as `Attention`. */
  readonly title: string;
  readonly piece: number;
  /** Value i holds from column `edges[i]` of the piece's picture up to column `edges[i + 1]`. */
  readonly edges: readonly number[];
  readonly values: readonly number[];
}

/** Declares a view. The default export of its file. */
export function defineView<const O extends ArtifactRecord>(view: StageView<O>): StageView<O> {
  return view;
}
