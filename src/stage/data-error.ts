/** Input data that the user must mend: a file or a label that is not what it must be. Exit code 3. */
export class DataError extends Error {
  readonly code: string;
  readonly advice: string | undefined;

  constructor(code: string, message: string, options: { readonly advice?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'DataError';
    this.code = code;
    this.advice = options.advice;
  }
}
