import process from 'node:process';
import type { RunEvent } from '../../run/events.ts';
import type { Gate } from '../../run/gate.ts';
import type { Terminal } from '../terminal.ts';
import { createJsonDisplay } from './json-lines.ts';
import { createLiveDisplay } from './live.ts';
import { createPlainDisplay } from './plain.ts';

/** Shows a run by reading its events. */
export interface ProgressDisplay {
  event(event: RunEvent): void;
  /** A line to the person who watches. */
  note(text: string): void;
  /** Leaves the terminal as it was. To be called before anything else is printed. */
  close(): void | Promise<void>;
}

/** What a person can do to a run at the keyboard. */
export interface RunControls {
  /** Pauses it; without one it cannot be paused. */
  readonly gate?: Gate;
  /** Stops it; a second time, at once. */
  readonly stop: () => void;
  readonly isStopping: () => boolean;
}

/** Ctrl-C does not come as a signal while keys are read one by one. */
const interruptMyself: RunControls = {
  stop: () => void process.kill(process.pid, 'SIGINT'),
  isStopping: () => false,
};

export function createDisplay(terminal: Terminal, controls: RunControls = interruptMyself): ProgressDisplay {
  if (terminal.json) return createJsonDisplay(terminal);
  return terminal.live ? createLiveDisplay(terminal, controls) : createPlainDisplay(terminal);
}
