import type { Terminal } from '../terminal.ts';
import type { ProgressDisplay } from './index.ts';

/** Every event as one line of JSON. */
export function createJsonDisplay({ printJson, warn }: Terminal): ProgressDisplay {
  return { event: printJson, note: warn, close: () => undefined };
}
