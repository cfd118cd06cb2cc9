import { hash } from 'node:crypto';
import { pid } from 'node:process';
import { isRunning, machine, startOf } from './store/process-start.ts';

/** Not the host's name: containers may have that, and a folder, in common, but not their process ids. */
const here = hash('sha256', machine).slice(0, 12);

/** This process, as it stands in the names of folders that others may find when it has ended. */
export const ownerName = `${pid}-${startOf(pid) ?? ''}-${here}`;

/** Whether the process of such a name has ended; undefined where that cannot be told, as it is another machine's. */
export function hasEnded(owner: string): boolean | undefined {
  const [, id = '', start = '', where] = /^(\d+)-(\d*)-(\w+)$/.exec(owner) ?? [];
  return where === here ? !isRunning(Number(id), start) : undefined;
}
