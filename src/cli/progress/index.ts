import type { RunEvent } from '../../run/events.ts';
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

export function createDisplay(terminal: Terminal): ProgressDisplay {
  if (terminal.json) return createJsonDisplay(terminal);
  return terminal.live ? createLiveDisplay(terminal) : createPlainDisplay(terminal);
}
