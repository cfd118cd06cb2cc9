import process from 'node:process';
import { PipeError, exitCodes } from '../errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` with a signal that is aborted by Ctrl-C, or when the terminal goes. When it fails after that, it is a
 * PipeError of `code` with exit code 130.
 */
export async function cancellable<Result>(
  cancelled: { readonly code: string; readonly message: string; readonly advice: string },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const cancelling = new AbortController();
  const onSignal = () => cancelling.abort();
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(cancelling.signal);
  } catch (error) {
    if (!cancelling.signal.aborted) throw error;
    const { code, message, advice } = cancelled;
    throw new PipeError(code, message, { exitCode: exitCodes.interrupted, advice });
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}
