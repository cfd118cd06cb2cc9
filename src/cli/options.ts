/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly workspace?: string;
}

/** Options that choose and change a pipeline. */
export interface SpecOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly data: readonly string[];
  readonly engine?: string;
  readonly target?: string;
  readonly force: readonly string[];
}

export interface RunCommandOptions extends SpecOptions {
  readonly jobs?: string;
  readonly keepGoing?: boolean;
  readonly plain?: boolean;
}

export interface LsOptions extends CommonOptions {
  readonly limit: string;
  readonly all?: boolean;
  readonly where: readonly string[];
  /** Fields with commas between. */
  readonly sort?: string;
  readonly columns?: string;
}

export interface PredictCommandOptions extends CommonOptions {
  readonly model?: string;
  readonly segments?: boolean;
  readonly format?: 'table' | 'jsonl' | 'csv';
  readonly filesFrom?: string;
  readonly engine?: string;
  readonly jobs?: string;
  readonly allowChangedCode?: boolean;
}

export interface GcOptions extends CommonOptions {
  readonly dryRun?: boolean;
}

export interface CompareOptions extends CommonOptions {
  readonly csv?: boolean;
  readonly markdown?: boolean;
  readonly stage?: string;
}
