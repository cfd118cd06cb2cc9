/** Tells how an installation goes on. */
export interface Reporter {
  /** A step that begins, in a line. */
  step(text: string): void;
  /** How far the step is, in bytes. */
  progress(done: number, total: number | undefined): void;
}

export interface InstallOptions {
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}
