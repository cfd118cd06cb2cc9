import { EventEmitter } from 'node:events';
import process from 'node:process';
import { render } from 'ink';
import { Dashboard, type Controls } from './dashboard.tsx';
import { memoryOf } from './memory.ts';
import { createPainter } from './painter.ts';
import type { Surroundings } from './screens/header.ts';
import type { Frame } from './screens/theme.ts';
import type { Colours } from './styled-line.ts';
import { type TerminalSession, openTerminalSession } from './terminal-session.ts';
import type { Source } from './view.ts';

export interface DashboardOptions {
  readonly source: Source;
  readonly colours: Colours;
  readonly controls: Omit<Controls, 'suspend'>;
  /** Another process's run, or one that is over. */
  readonly watching?: boolean;
  readonly stopping?: () => boolean;
  readonly trouble?: () => string | undefined;
  /** The process whose memory, with that of its descendants, is shown. */
  readonly pid?: () => number | undefined;
  /** It could not be drawn, and is closed. */
  readonly onError: (error: unknown) => void;
}

export interface OpenDashboard {
  /** Draws it at once. */
  draw(): void;
  /** The terminal is as it was before. */
  close(): void;
}

/** Times a second that the screen is drawn anew, at most. */
const framesPerSecond = 10;
const memoryMilliseconds = 2000;

/** Shows a run or sweep on the terminal until it is closed. */
export function openDashboard(options: DashboardOptions): OpenDashboard {
  const session = openTerminalSession();
  session.enter();
  try {
    return mount(options, session);
  } catch (error) {
    session.leave();
    throw error;
  }
}

function mount(options: DashboardOptions, session: TerminalSession): OpenDashboard {
  const { source, colours, controls, stopping, trouble, pid, onError } = options;
  const painter = createPainter((text) => void process.stdout.write(text));
  let memory: Surroundings['memory'];
  let drawn = '';
  let isClosed = false;
  const suspend = () => {
    session.leave();
    process.kill(process.pid, 'SIGTSTP');
    // Runs once we are continued, or at once where no shell could do that and the signal does nothing.
    setTimeout(resume, 50);
  };
  const resume = () => {
    if (isClosed) return;
    session.enter();
    process.stdin.setRawMode(true);
    repaint();
  };
  const element = () => {
    const frame: Frame = { ...sizeOf(process.stdout), colours, now: Date.now() };
    const surroundings = { memory, stopping: stopping?.() ?? false, trouble: trouble?.() };
    const all = {
      source,
      surroundings,
      frame,
      controls: { ...controls, suspend },
      watching: options.watching ?? false,
      paint: painter.paint,
    };
    return <Dashboard {...all} />;
  };
  const draw = () => {
    drawn = stamp();
    app.rerender(element());
  };
  /** What the screen depends on beside keys; times are shown in whole seconds. */
  const stamp = () => {
    const second = source.model.status === 'running' ? Math.floor(Date.now() / 1000) : 0;
    return [source.model.version, second, stopping?.(), trouble?.(), memory?.used].join();
  };
  const repaint = () => {
    painter.forget();
    draw();
  };
  const sample = () => {
    const process = pid?.();
    memory = process === undefined ? undefined : memoryOf(process);
  };
  sample();
  const app = render(element(), {
    // Ink reads the keys; what is drawn goes to the terminal by the painter.
    stdout: nowhere(),
    stdin: process.stdin,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const timers = [
    setInterval(() => stamp() !== drawn && draw(), 1000 / framesPerSecond),
    setInterval(sample, memoryMilliseconds),
  ];
  process.stdout.on('resize', repaint);
  const close = () => {
    isClosed = true;
    for (const timer of timers) clearInterval(timer);
    process.stdout.off('resize', repaint);
    app.unmount();
    process.stdin.pause();
    session.leave();
  };
  app.waitUntilExit().catch((error: unknown) => {
    close();
    onError(error);
  });
  return { draw, close };
}

/** A terminal that does not tell its size is taken for one of the least that there are. */
function sizeOf({ columns, rows }: NodeJS.WriteStream): { readonly columns: number; readonly rows: number } {
  return { columns: columns || 80, rows: rows || 24 };
}

/** What Ink writes to instead of the terminal. */
function nowhere(): NodeJS.WriteStream {
  const stream = Object.assign(new EventEmitter(), { columns: 80, rows: 24, isTTY: true, write: () => true });
  return stream as unknown as NodeJS.WriteStream;
}
