import { PipeError, exitCodes } from '../../errors.ts';

/** Why an engine could not be installed: always this machine's matter, never the pipeline's. */
export function installError(code: string, message: string, advice: string, cause?: unknown): PipeError {
  return new PipeError(code, message, { exitCode: exitCodes.environment, advice, cause });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The last lines of a program's output, which most often say what went wrong. */
export function lastLines(output: string, count = 8): string {
  return output.trim().split('\n').slice(-count).join('\n');
}
