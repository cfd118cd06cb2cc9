import { EventEmitter } from 'node:events';
import process from 'node:process';
import { render } from 'ink';
import { Dashboard, type Controls } from './dashboard.tsx';
import { type Memory, memoryOf } from './memory.ts';
import { createPainter } from './painter.ts';
import { drawScreen } from './screens/index.ts';
import type { Frame } from './screens/theme.ts';
import type { Colours } from './styled-line.ts';
import { type TerminalSession, openTerminalSession } from './terminal-session.ts';
import { type Source, type View, firstView } from './view.ts';

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
  const memory = sampler(pid);
  let view = firstView(source);
  let drawn = '';
  let isClosed = false;
  let isSuspended = false;

  const frame = (): Frame => ({ ...sizeOf(process.stdout), colours, now: Date.now() });
  const lines = () => {
    const surroundings = { memory: memory(), stopping: stopping?.() ?? false, trouble: trouble?.() };
    const canPause = controls.togglePause !== undefined;
    return drawScreen({ source, view, surroundings, watching: options.watching ?? false, canPause }, frame());
  };
  /** What the screen depends on beside the view; times are shown in whole seconds. */
  const stamp = () => {
    const second = source.model.status === 'running' ? Math.floor(Date.now() / 1000) : 0;
    return [source.model.version, second, stopping?.(), trouble?.()].join();
  };
  const draw = () => {
    if (isClosed || isSuspended) return;
    drawn = stamp();
    try {
      painter.paint(lines());
    } catch (error) {
      fail(error);
    }
  };
  const repaint = () => {
    painter.forget();
    draw();
  };
  const onView = (looked: View) => {
    view = looked;
    draw();
  };
  const suspend = () => {
    isSuspended = true;
    session.leave();
    process.kill(process.pid, 'SIGTSTP');
    // Runs once we are continued, or at once where no shell could do that and the signal does nothing.
    setTimeout(() => {
      isSuspended = false;
      if (isClosed) return;
      session.enter();
      process.stdin.setRawMode(true);
      repaint();
    }, 50);
  };
  const timer = setInterval(() => {
    if (stamp() !== drawn) draw();
  }, 1000 / framesPerSecond);
  const app = render(
    <Dashboard source={source} controls={{ ...controls, suspend }} frame={frame} draw={lines} onView={onView} />,
    // Ink reads the keys; what is drawn goes to the terminal by the painter.
    { stdout: nowhere(), stdin: process.stdin, debug: true, exitOnCtrlC: false, patchConsole: false },
  );
  process.stdout.on('resize', repaint);
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    clearInterval(timer);
    process.stdout.off('resize', repaint);
    app.unmount();
    process.stdin.pause();
    session.leave();
  };
  const fail = (error: unknown) => {
    close();
    onError(error);
  };
  app.waitUntilExit().catch(fail);
  return { draw, close };
}

/** Memory of a process, looked at every two seconds. */
function sampler(pid: DashboardOptions['pid']): () => Memory | undefined {
  let memory: Memory | undefined;
  let sampledAt = -Infinity;
  return () => {
    if (performance.now() - sampledAt < memoryMilliseconds) return memory;
    sampledAt = performance.now();
    const found = pid?.();
    return (memory = found === undefined ? undefined : memoryOf(found));
  };
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
