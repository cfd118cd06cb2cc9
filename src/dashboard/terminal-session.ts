import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';

/** The terminal while a dashboard has it: another screen, no cursor, keys as they are pressed. */
export interface TerminalSession {
  enter(): void;
  /** Gives it back as it was; may be called again. */
  leave(): void;
}

const enterScreen = '\u001b[?1049h\u001b[?25l\u001b[?7l';
// Cleared first: a terminal that was resized meanwhile (tmux) may leave lines of the other screen above.
const leaveScreen = '\u001b[2J\u001b[H\u001b[?7h\u001b[?25h\u001b[?1049l';

/**
 * The terminal is given back on every way out: when the process ends by itself, by an error that nobody caught, and by a signal; for
 * what no handler sees (SIGKILL, a crash of native code) a shell stands by that outlives us.
 */
export function openTerminalSession(): TerminalSession {
  let guard: ChildProcess | undefined;
  let isEntered = false;
  const leave = () => {
    if (!isEntered) return;
    isEntered = false;
    process.off('exit', leave);
    process.off('uncaughtExceptionMonitor', leave);
    // Each by itself: what cannot be given back any more keeps the rest from nothing.
    for (const give of [() => process.stdin.setRawMode(false), () => writeSync(process.stdout.fd, leaveScreen)]) {
      try {
        give();
      } catch {
        // The terminal is gone.
      }
    }
    guard?.kill('SIGKILL');
    guard = undefined;
  };
  return {
    enter() {
      if (isEntered) return;
      isEntered = true;
      guard = startGuard();
      process.on('exit', leave);
      process.on('uncaughtExceptionMonitor', leave);
      writeSync(process.stdout.fd, enterScreen);
    },
    leave,
  };
}

/** The terminal's settings, as `stty` writes and reads them; undefined without it. */
function settingsOfTerminal(): string | undefined {
  try {
    return execFileSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** Puts back settings and screen once its input ends, which it does with us. It is no job of the shell's, which may have gone on. */
const restore = `trap '' INT TERM TTOU TSTP
read -r _
stty "$0" </dev/tty
printf '\\033[?7h\\033[?25h\\033[?1049l' >/dev/tty`;

function startGuard(): ChildProcess | undefined {
  const settings = process.platform === 'win32' ? undefined : settingsOfTerminal();
  if (settings === undefined) return undefined;
  const child = spawn('/bin/sh', ['-c', restore, settings], { stdio: ['pipe', 'ignore', 'ignore'] });
  // Without a shell there is nobody to stand by.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.unref();
  // A pipe to a child is a socket, which would keep us alive.
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
