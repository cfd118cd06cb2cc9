import { commandType } from '../spec/command-stage-info.ts';
import type { StageNode } from '../spec/types.ts';

/** Where a stage's tasks run: in shared workers, in a process each, or as programs. */
export type Place = 'worker' | 'process' | 'command';

/** Training, and whatever may take its process down with it, runs in a process of its own. */
export function placeOf({ type, isolate }: StageNode): Place {
  if (type.name === commandType) return 'command';
  return isolate || type.isolate || type.engine ? 'process' : 'worker';
}
