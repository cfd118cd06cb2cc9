import process from 'node:process';
import { exitCodes } from '../errors.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The same as a signal from outside: where the terminal hands Ctrl-C over as a key. */
  request(): void;
  release(): void;
}

/** Ctrl-C asks the run to stop and to close its record; a second one ends the process at once, and its children with it. */
export function interruptSignal(note: (text: string) => void): Interrupt {
  const controller = new AbortController();
  const request = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    note('Stopping: running tasks are cancelled and the record is closed. Once more to stop at once.');
    controller.abort();
  };
  for (const signal of signals) process.on(signal, request);
  return {
    signal: controller.signal,
    request,
    release() {
      for (const signal of signals) process.off(signal, request);
    },
  };
}
