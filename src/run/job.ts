import type { ArtifactRecord, ArtifactType, Columns, InputShape, Json, MatrixPoint } from '../stage/index.ts';
import type { ActionKey, Digest, ProducedFile } from '../store/types.ts';

/** A file to read, with the digest that its bytes must have. */
export interface FileReference {
  readonly path: string;
  readonly digest: Digest;
  readonly type: ArtifactType;
  /** A file of a corpus, which the user may change at any time; else one of the store. */
  readonly source?: true;
}

/** The files of one input: one, or one for each output that its shape names. */
export type InputFiles = FileReference | Readonly<Record<string, FileReference>>;

export type JobInput =
  | { readonly kind: 'one'; readonly shape: InputShape; readonly files: InputFiles }
  | {
      readonly kind: 'items';
      readonly rows: readonly {
        readonly columns: Columns;
        readonly part?: string;
        readonly rows?: readonly number[];
        readonly files?: InputFiles;
      }[];
    }
  | { readonly kind: 'each'; readonly entries: readonly { readonly point: MatrixPoint; readonly files: InputFiles }[] };

/** A program to run instead of a stage's code. */
export interface Command {
  /**
   * The program and its arguments, never seen by a shell. Replaced in them: `${inputs.NAME}` and
   * `${inputs.NAME.OUTPUT}` by the path of the input's file (a JSON-lines file for `items` and `each`),
   * `${outputs.NAME}` by the path to write to, `${code}` by the folder of the code's copy.
   */
  readonly argv: readonly string[];
  /** The files that count as its code, by their path below `${code}`; a copy of them is what runs. */
  readonly code: readonly { readonly name: string; readonly path: string; readonly digest: Digest }[];
}

/** All that a worker needs to run one task, as plain data. */
export interface Job {
  readonly key: ActionKey;
  /** The stage's name and, for a map, its item: for messages and logs. */
  readonly title: string;
  /** The stage type's name, which seeds its random streams. */
  readonly stageType: string;
  /** The bundled code of the stage type, an ES module whose default export it is. Not used for a command. */
  readonly bundle: string;
  /** Absolute paths of declared assets, by their declared name. */
  readonly assets: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, Json>>;
  readonly inputs: Readonly<Record<string, JobInput>>;
  readonly outputs: ArtifactRecord;
  /** The folder to write outputs to. */
  readonly scratch: string;
  readonly checkpoint: string;
  /** The key that the checkpoint is sealed with, where it is another: tasks that differ in where they pause share it. */
  readonly checkpointKey?: ActionKey;
  readonly engine?: {
    readonly name: string;
    readonly bundle: string;
    readonly assets: Readonly<Record<string, string>>;
    readonly threads: number;
    /** Absolute folder of its library, where it needs one. */
    readonly library?: string;
    /** What it must compute on, as the key says. */
    readonly device?: string;
    /** Variables that its process is started with. */
    readonly environment: Readonly<Record<string, string>>;
    /** The one GPU that it may use; one of NVIDIA's as CUDA_VISIBLE_DEVICES names it. */
    readonly gpu?: string;
  };
  /** Given for a command alone. */
  readonly command?: Command;
}

export type JobAnswer =
  { readonly status: 'done'; readonly outputs: Readonly<Record<string, ProducedFile>> } | JobFailure;

export type JobFailure = {
  readonly status: 'failed';
  /**
   * `data`: input that the user must mend (a DataError); `environment`: this machine, such as an engine's library;
   * `threw`: the stage threw; `output`: it returned something
   * other than it declares; `damaged`: a stored input is not what was recorded; `changed`: a source file changed
   * while the run was on; `exit`: the process ended by itself; `memory`; `timeout`; `disk` (ENOSPC, EROFS, EDQUOT);
   * `cancelled`.
   */
  readonly reason:
    | 'data'
    | 'environment'
    | 'threw'
    | 'output'
    | 'damaged'
    | 'changed'
    | 'exit'
    | 'memory'
    | 'timeout'
    | 'disk'
    | 'cancelled';
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  /** The stack, or the last lines that a process wrote to its standard error: for the log. */
  readonly detail?: string;
  /** The file at fault, where one is known. */
  readonly file?: string;
  /** With `damaged`: the digests that were not right. */
  readonly digests?: readonly Digest[];
};

export type JobNote =
  | { readonly type: 'log'; readonly message: string }
  | { readonly type: 'progress'; readonly figures: Readonly<Record<string, number>> };

/** Runs jobs of one kind: in shared workers, each in a process of its own, or as commands. */
export interface Executor {
  /** Never rejects: every outcome is an answer. Aborting the signal ends the job for good and answers `cancelled`. */
  run(
    job: Job,
    options: {
      readonly signal: AbortSignal;
      readonly timeoutSeconds?: number;
      readonly onNote: (note: JobNote) => void;
    },
  ): Promise<JobAnswer>;
  close(): Promise<void>;
}
