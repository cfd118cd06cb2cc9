import type { Static, TObject } from '@sinclair/typebox';
import type { ArtifactType, ArtifactValues } from './artifact.ts';
import type { SourceContext, StageContext } from './context.ts';
import type { NewData } from './new-data.ts';

/** Named artifacts, such as `{ segments: 'array', timing: 'json' }`. */
export type ArtifactRecord = Readonly<Record<string, ArtifactType>>;

/** One artifact, or several outputs of one upstream stage. */
export type InputShape = ArtifactType | ArtifactRecord;

/**
 * What an input of a stage receives.
 * - a bare shape: the one value at the same item and matrix point;
 * - `items`: (reduce only) a row for every item of the upstream map stage or source, sorted by id;
 *   without a shape the rows carry columns only, and the key depends on nothing else;
 * - `each`: (reduce only) one entry for every matrix point of the upstream stage that agrees with this
 *   task's point on the axes they share.
 */
export type InputDeclaration =
  | InputShape
  | { readonly items: InputShape | null; readonly optional?: boolean }
  | { readonly each: InputShape; readonly optional?: boolean };

export type ColumnValue = string | number | boolean | null;
/** Metadata of one item. The column `id` names it within its source, wherever the data lies. */
export type Columns = Readonly<Record<string, ColumnValue>>;

export type ShapeValue<S> = S extends ArtifactType
  ? ArtifactValues[S]
  : S extends ArtifactRecord
    ? { readonly [K in keyof S]: ArtifactValues[S[K]] }
    : undefined;

/** One item as a reduce stage sees it: the declared columns, and its artifact read on demand. */
export interface ItemRow<S> {
  readonly columns: Columns;
  /** The part of the fold that the item belongs to, where the stage declares `parts`. */
  readonly part: string | undefined;
  /** Only these rows of the item's arrays belong to the part; all of them when undefined. */
  readonly rows: readonly number[] | undefined;
  /** Reads and checks the bytes; throws if they are not what was recorded. */
  read(): Promise<ShapeValue<S>>;
}

export interface EachEntry<S> {
  /** The matrix point that the value comes from, such as `{ fold: '03', seed: 1 }`. */
  readonly point: MatrixPoint;
  read(): Promise<ShapeValue<S>>;
}

export type MatrixPoint = Readonly<Record<string, string | number | boolean>>;

export type InputValue<D> = D extends { readonly items: infer S; readonly optional: true }
  ? readonly ItemRow<S>[] | undefined
  : D extends { readonly items: infer S }
    ? readonly ItemRow<S>[]
    : D extends { readonly each: infer S }
      ? readonly EachEntry<S>[]
      : ShapeValue<D>;

export type InputValues<I> = { readonly [K in keyof I]: InputValue<I[K]> };
export type OutputValues<O extends ArtifactRecord> = { readonly [K in keyof O]: ArtifactValues[O[K]] };

/**
 * A fold, as an entry of the JSON artifact that a matrix takes its axis from.
 * A part lists item ids, or ids with the rows of the item's arrays that belong to it.
 */
export interface FoldEntry {
  readonly name: string;
  readonly parts: Readonly<Record<string, readonly PartMember[]>>;
}
export type PartMember = string | { readonly id: string; readonly rows: readonly number[] };

interface StageBasics<P extends TObject> {
  /** The name that pipelines use: the file's path below `stages/`, such as `corpus/emodb`. */
  readonly name: string;
  /** One line for `--help` and the docs. */
  readonly description: string;
  readonly params: P;
  /** Files whose bytes belong to the code, relative to the stage's file, such as a .wasm. */
  readonly assets?: readonly string[];
}

/** A stage that computes: `map` once per item, `reduce` once per matrix point. */
export interface ComputeStage<
  P extends TObject = TObject,
  I extends Readonly<Record<string, InputDeclaration>> = Readonly<Record<string, InputDeclaration>>,
  O extends ArtifactRecord = ArtifactRecord,
> extends StageBasics<P> {
  readonly kind: 'map' | 'reduce';
  readonly inputs: I;
  readonly outputs: O;
  /** Metadata columns that the stage may see, and so depends on. */
  readonly columns?: readonly string[];
  /** The task is given only the items in these parts of its fold (its matrix value on `axis`) and never sees the fold itself. */
  readonly parts?: { readonly input: string; readonly axis: string; readonly use: readonly string[] };
  /**
   * The JSON output that says what was predicted for each unit of the test data, so that runs can be compared. At its top it has
   * `classes: string[]` and `predictions: { unit, cluster, label, predicted, posteriors: number[], fold? }[]`: the unit's
   * name, what it is clustered by (such as its speaker), its true and its predicted class, and a posterior for each class.
   * The points of the stage's matrix are its replicates.
   */
  readonly predictions?: keyof O & string;
  /** What stands in for this stage, and for the source of its items, where a recorded run is applied to new data. */
  readonly onNewData?: NewData;
  /**
   * A long task that can be told to stop early and go on later: with its parameter `by` it gives what it has after so many of
   * the steps that its parameter `of` counts. Tasks that differ in `by` alone share a checkpoint, which must therefore not
   * depend on it; a state beyond `by` must be left alone.
   */
  readonly pausable?: { readonly by: string; readonly of: string };
  /** The stage computes with an engine, which then is part of its key. */
  readonly engine?: true;
  /** Run in a child process of its own, so that a crash or a lack of memory fails this task alone. */
  readonly isolate?: 'process';
  /** Pure: no clock, no global randomness, no environment. Throws `DataError` for input that the user must mend. */
  run(inputs: InputValues<I>, params: Static<P>, context: StageContext): OutputValues<O> | Promise<OutputValues<O>>;
}

/** One item found by a source: its id, metadata and files. */
export interface SourceItem {
  readonly columns: Columns & { readonly id: string };
  /** Absolute paths by output name. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the framework must know of the columns to compare and report. */
export interface Roles {
  readonly unit: string;
  readonly cluster: string;
  readonly label: string;
  readonly groups?: readonly string[];
}

/** A stage that finds the items. It runs while planning, reads names and lists but no item's bytes. */
export interface SourceStage<
  P extends TObject = TObject,
  O extends ArtifactRecord = ArtifactRecord,
> extends StageBasics<P> {
  readonly kind: 'source';
  readonly outputs: O;
  readonly roles: Roles;
  /** Throws `DataError` when the folder is not what the corpus says it must be, naming every file at fault. */
  list(params: Static<P>, context: SourceContext): Promise<readonly SourceItem[]>;
}

export type StageType = ComputeStage | SourceStage;

/** Declares a stage type that computes. The default export of its file. */
export function defineStage<
  P extends TObject,
  const I extends Readonly<Record<string, InputDeclaration>>,
  const O extends ArtifactRecord,
>(stage: ComputeStage<P, I, O>): ComputeStage<P, I, O> {
  return stage;
}

/** Declares a stage type that finds items. The default export of its file. */
export function defineSource<P extends TObject, const O extends ArtifactRecord>(
  source: SourceStage<P, O>,
): SourceStage<P, O> {
  return source;
}
