import { type Diagnostic, PipeError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

/** Prints whatever ended a command: a user's mistake with place and advice, a bug of ours with its stack. */
export async function renderError(error: unknown, terminal: Terminal): Promise<void> {
  if (terminal.json) {
    terminal.printJson({ type: 'error', ...(await errorFacts(error)) });
    return;
  }
  if (!(error instanceof PipeError)) {
    terminal.warn(bugText(error, terminal));
    return;
  }
  const { renderDiagnostic } = await import('../spec/index.ts');
  const found = error.diagnostics.length > 0 ? error.diagnostics : [asDiagnostic(error)];
  for (const diagnostic of found) terminal.warn(renderDiagnostic(diagnostic, { colours: terminal.colours }));
  if (found.length > 1) terminal.warn(terminal.colours.bold(`${found.length} errors`));
}

/** An error as data, with lines and columns from 1. */
async function errorFacts(error: unknown): Promise<Record<string, unknown>> {
  if (!(error instanceof PipeError)) {
    return { code: 'bug', message: error instanceof Error ? error.message : String(error), exitCode: 1 };
  }
  const { locate } = await import('../spec/index.ts');
  const { code, message, advice, exitCode, diagnostics } = error;
  const places = diagnostics.map(({ place, ...rest }) => ({ ...rest, ...(place && locate(place)) }));
  return { code, message, advice, exitCode, diagnostics: places };
}

const asDiagnostic = ({ code, message, advice }: PipeError): Diagnostic => ({
  code,
  message,
  ...(advice !== undefined && { advice }),
});

function bugText(error: unknown, { colours }: Terminal): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${colours.red('error[bug]')}: this is a mistake in pipe, not yours. Please report it with these lines:\n${stack}`;
}
