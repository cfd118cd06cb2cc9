import { readFileSync } from 'node:fs';
import type { JobFailure } from '../job.ts';
import { diskFailure, failed, lackOfMemory } from './failures.ts';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its standard error. */
  readonly stderr: string;
  /** The kernel killed some process for lack of memory while this one ran. */
  readonly oomKill: boolean;
}

/** What the end of a process means that did not answer; `who` is `The stage's process`, or a command's program. */
export function failureOfEnd(who: string, { code, signal, stderr, oomKill }: ProcessEnd): JobFailure {
  const detail = stderr === '' ? {} : { detail: stderr };
  if (/JavaScript heap out of memory|FATAL ERROR: .*(heap|memory)|^MemoryError|std::bad_alloc/m.test(stderr)) {
    return lackOfMemory(`${who} ran out of memory.`, stderr);
  }
  const disk = diskFailureIn(who, stderr);
  if (disk !== undefined) return { ...disk, ...detail };
  if (signal === 'SIGKILL' && oomKill)
    return {
      ...lackOfMemory(`${who} was killed by the system, which ran out of memory.`, stderr),
      code: 'machine-out-of-memory',
    };
  if (signal === 'SIGKILL') {
    return failed('exit', 'process-killed', `${who} was killed (SIGKILL).`, {
      advice: 'If nobody did that by hand, the system or its container may have run out of memory.',
      ...detail,
    });
  }
  if (signal !== null)
    return failed('exit', 'process-crashed', `${who} was ended by ${signal}${meaning(signal)}.`, detail);
  return failed('exit', 'process-exit', `${who} ended with exit code ${code ?? 'unknown'}${lastWords(stderr)}`, detail);
}

/** How many processes the kernel has killed for lack of memory so far; to be compared with an earlier count. */
export function countOomKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** As the C library words them, and so most programs. */
const diskErrors = {
  'No space left on device': 'ENOSPC',
  'Disk quota exceeded': 'EDQUOT',
  'Read-only file system': 'EROFS',
} as const;

function diskFailureIn(who: string, stderr: string): JobFailure | undefined {
  const found = Object.entries(diskErrors).find(([text]) => stderr.includes(text));
  return found === undefined ? undefined : diskFailure(found[1], `${who} failed (${found[0]}).`);
}

function meaning(signal: NodeJS.Signals): string {
  if (signal === 'SIGSEGV' || signal === 'SIGBUS') return ', an access to memory that is not its own';
  if (signal === 'SIGABRT') return ', by which programs give up';
  if (signal === 'SIGILL') return ', an instruction that this CPU does not have';
  return '';
}

/** The last line often is the error itself. */
function lastWords(stderr: string): string {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  return last === '' ? '.' : `: ${last}`;
}
