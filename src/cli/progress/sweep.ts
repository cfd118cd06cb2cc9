import type { SweepEvent } from '../../sweep/events.ts';
import type { Terminal } from '../terminal.ts';
import type { RunControls } from './index.ts';
import { createLiveSweepDisplay } from './live-sweep.ts';
import { createPlainSweepDisplay } from './plain-sweep.ts';

/** Shows a sweep by reading its events. */
export interface SweepDisplay {
  event(event: SweepEvent): void;
  /** A line to the person who watches. */
  note(text: string): void;
  /** Leaves the terminal as it was. To be called before anything else is printed. */
  close(): void | Promise<void>;
}

export function createSweepDisplay(terminal: Terminal, controls: RunControls): SweepDisplay {
  const { json, live, printJson, warn } = terminal;
  if (json) return { event: printJson, note: warn, close: () => undefined };
  return live ? createLiveSweepDisplay(terminal, controls) : createPlainSweepDisplay(terminal);
}
