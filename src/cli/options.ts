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

export interface SweepCommandOptions extends CommonOptions {
  readonly set: readonly string[];
  readonly data: readonly string[];
  readonly engine?: string;
  readonly jobs?: string;
  readonly plain?: boolean;
  /** Only tell what it is going to cost. */
  readonly plan?: boolean;
  /** Begin anew, though one of the name is on record. */
  readonly new?: boolean;
  readonly report?: boolean;
}

export interface DashOptions extends CommonOptions {
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

export interface ReportCommandOptions extends CommonOptions {
  /** A folder. */
  readonly output?: string;
  /** A program, or `nothing`. */
  readonly openWith?: string;
}

export interface ReproduceCommandOptions extends CommonOptions {
  readonly data: readonly string[];
  readonly engine?: string;
  readonly target?: string;
  readonly jobs?: string;
  readonly keep?: string;
  readonly tolerance?: string;
  readonly plain?: boolean;
}

export interface ExportCommandOptions extends CommonOptions {
  readonly output?: string;
  readonly with?: string;
}
