/** Exit codes of the command line, one per kind of failure. */
export const exitCodes = {
  done: 0,
  taskFailed: 1,
  usage: 2,
  inputData: 3,
  environment: 4,
  storeIntegrity: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** A place in a text file; `start` and `end` are character offsets into its text. */
export interface SourceRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** One finding about something the user gave us: a stable code, what happened, where, and what to do. */
export interface Diagnostic {
  /** Stable and machine-readable, such as `unknown-key`. */
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  readonly place?: SourceRange;
}

/**
 * A failure that the user can cause or mend. Anything else that is thrown is a bug.
 * Printed by the command line as `error[code]: message`, then the place, then the advice.
 */
export class PipeError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
  readonly advice: string | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly exitCode: ExitCode;
      readonly advice?: string | undefined;
      readonly diagnostics?: readonly Diagnostic[];
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.name = 'PipeError';
    this.code = code;
    this.exitCode = options.exitCode;
    this.advice = options.advice;
    this.diagnostics = options.diagnostics ?? [];
  }
}
