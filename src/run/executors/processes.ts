import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** In the environment of every process of a run, and so in that of its descendants. */
export const runMarker = 'PIPE_RUN';
/** The same for one task. */
export const taskMarker = 'PIPE_TASK';
/** Marks a run's reaper, which belongs to no run, even when a run is started by another run's command. */
export const reaperMarker = 'PIPE_REAPER';

/** Which processes belong together. */
export interface Kin {
  /** An entry of their environment, such as `PIPE_TASK=...`. */
  readonly marker: string;
  /** Process groups that we made: also without the marker, all in them belong to it. */
  readonly groups: Iterable<number>;
}

interface ProcessState {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** No process takes longer to die but one that waits for a broken disk. */
const patienceMilliseconds = 5000;

/**
 * Kills all processes of a kin, detached and orphaned ones too, and returns when none is left; how many there were.
 * On Linux they are found by their environment, their groups and sessions, and their parents; elsewhere by their groups.
 */
export async function killKin(kin: Kin): Promise<number> {
  const killed = new Set<number>();
  const deadline = performance.now() + patienceMilliseconds;
  // One look may miss a process that is forked behind its back, so only two empty ones in a row count.
  for (let empty = 0, pause = 1; empty < 2 && performance.now() < deadline;) {
    const found = killOnce(kin);
    for (const pid of found) killed.add(pid);
    empty = found.length === 0 ? empty + 1 : 0;
    if (found.length === 0) continue;
    await delay(pause);
    pause = Math.min(pause * 2, 50);
  }
  return killed.size;
}

/** Kills what is left of a dead run, by its id; how many processes that were. */
export function killLeftovers(runId: string): Promise<number> {
  return killKin({ marker: `${runMarker}=${runId}`, groups: [] });
}

/** Sends SIGKILL to every process of a kin that can be found now; returns them. */
export function killOnce(kin: Kin): readonly number[] {
  if (process.platform !== 'linux') return [...kin.groups].filter((group) => sendSignal(-group, 'SIGKILL'));
  return findKin(kin).filter((pid) => sendSignal(pid, 'SIGKILL'));
}

/** Sends a signal to a process, or to a group by its negative number; false when there is none. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Process ids of the kin, by /proc. */
function findKin({ marker, groups }: Kin): readonly number[] {
  const known = new Set(groups);
  const states = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readState(Number(name)) : []));
  const found = new Set<number>();
  const apart = new Set([process.pid]);
  for (const { pid, group, session } of states) {
    const environment = readEnvironment(pid);
    if (environment.includes(`\0${reaperMarker}=`)) apart.add(pid);
    else if (environment.includes(`\0${marker}\0`) || known.has(group) || known.has(session)) found.add(pid);
  }
  for (const pid of apart) found.delete(pid);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of states) if (found.has(parent) && !apart.has(pid)) found.add(pid);
  }
  return [...found];
}

/** The state of a living process; none for kernel threads and for zombies, which only wait to be collected. */
function readState(pid: number): ProcessState[] {
  const text = readText(`/proc/${pid}/stat`);
  // The second field, the program's name in brackets, may hold brackets and spaces itself.
  const [state, parent, group, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || state === '' || state === 'Z' || state === 'X' || group === '0') return [];
  return [{ pid, parent: Number(parent), group: Number(group), session: Number(session) }];
}

function readEnvironment(pid: number): string {
  return `\0${readText(`/proc/${pid}/environ`)}`;
}

/** Empty for a process that is gone, or another user's. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
