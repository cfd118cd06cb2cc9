import type { SourceRange } from '../errors.ts';
import type { InputDeclaration, ArtifactRecord, Json, MatrixPoint, NewData, Roles } from '../stage/index.ts';
import type { StoredOutput } from '../store/types.ts';

/** What a pipeline must know of a stage type to be checked and planned; the code itself is loaded where it runs. */
export interface StageInfo {
  readonly name: string;
  readonly description: string;
  readonly kind: 'source' | 'map' | 'reduce';
  /** JSON Schema of the parameters (an object). */
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, InputDeclaration>>;
  readonly outputs: ArtifactRecord;
  readonly columns: readonly string[];
  readonly parts?: { readonly input: string; readonly axis: string; readonly use: readonly string[] };
  /** The JSON output with a prediction for each unit. */
  readonly predictions?: string;
  /** What stands in for it on new data. */
  readonly onNewData?: NewData;
  /** As in `defineStage`. */
  readonly pausable?: { readonly by: string; readonly of: string };
  readonly engine: boolean;
  readonly isolate: boolean;
  readonly roles?: Roles;
}

/** Where the values of a matrix axis come from. */
export type Axis =
  | { readonly kind: 'values'; readonly values: readonly (string | number | boolean)[] }
  /** The JSON artifact of a stage without a matrix: an array of scalars, or of objects with a `name`. */
  | { readonly kind: 'artifact'; readonly stage: string; readonly output: string };

/**
 * An input bound to an upstream stage, or to one output of it: `output` is always given in a checked pipeline when
 * the input takes one artifact, and never when it takes several outputs or none.
 */
export interface Binding {
  readonly stage: string;
  readonly output?: string;
}

export interface StageNode {
  readonly name: string;
  readonly type: StageInfo;
  readonly needs: Readonly<Record<string, Binding>>;
  /** In the order of the YAML; `same-as` is resolved. */
  readonly matrix: Readonly<Record<string, Axis>>;
  /** Parameters that it has where an axis has a value, by axis and value, as they are written. */
  readonly varies: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Json>>>>>>;
  readonly engine: string;
  /** Cores that the engine may use for one task. */
  readonly threads: number;
  readonly timeoutSeconds?: number;
  readonly retries: number;
  readonly isolate: boolean;
  /**
   * The parameters at a matrix point: interpolated, checked, with defaults filled in.
   * Throws a PipeError (`invalid-parameter`, with place) where a matrix value does not fit.
   */
  params(point: MatrixPoint): Readonly<Record<string, Json>>;
  /**
   * The place where a key of this stage, such as `['with', 'scales']`, got its value: in the stage, in the `params` that it
   * refers to, or in an override (then `file` is `--set path=value`). The nearest parent's where it is not written.
   */
  place(path: readonly (string | number)[]): SourceRange;
}

/** A checked pipeline. */
export interface Pipeline {
  readonly name: string;
  /** Absolute path of the YAML file, and its text. */
  readonly file: string;
  readonly text: string;
  /** The overrides of `--set`, in order. */
  readonly overrides: readonly string[];
  /** Data folders by name, absolute. */
  readonly data: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, Json>>;
  /** Folders of the user's own stage types, absolute. */
  readonly stageFolders: readonly string[];
  /** In topological order: every stage after those that it needs. */
  readonly stages: readonly StageNode[];
  /** Stages whose results are taken from a record, whatever made them; a pipeline that was read from a file has none. */
  readonly given?: readonly GivenResults[];
}

/** The recorded results of a stage: it has these points and no others. */
export interface GivenResults {
  readonly stage: string;
  readonly points: readonly { readonly point: MatrixPoint; readonly outputs: Readonly<Record<string, StoredOutput>> }[];
}

/**
 * Finds stage types by name, in the folders that the pipeline names (absolute) and in the built-in one.
 * `find` throws a PipeError for a type that is there but broken; `names` is for "did you mean".
 */
export interface StageTypes {
  find(name: string, folders: readonly string[]): Promise<StageInfo | undefined>;
  names(folders: readonly string[]): Promise<readonly string[]>;
}
