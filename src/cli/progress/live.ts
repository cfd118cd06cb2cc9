import { env } from 'node:process';
import type { RunEvent } from '../../run/events.ts';
import type { Terminal } from '../terminal.ts';
import type { ProgressDisplay } from './index.ts';
import { endLine, messageOf } from './messages.ts';
import { createRunState } from './run-state.ts';
import type { LiveView } from './view.tsx';

/** Times a second that the display is drawn anew, at most. */
const framesPerSecond = 8;

/**
 * A table of stages that is drawn over itself, with messages scrolling above it. Ink and React are loaded when the
 * first task runs: a run with nothing to do ends before that.
 */
export function createLiveDisplay(terminal: Terminal): ProgressDisplay {
  const { print, colours } = terminal;
  const state = createRunState();
  const messages: string[] = [];
  let view: LiveView | undefined;
  let opening: Promise<void> | undefined;
  let closed = false;
  let changed = false;

  const open = async () => {
    const { openView } = await importView(colours.isColorSupported);
    if (!closed) view = openView(state, messages);
  };
  const timer = setInterval(() => {
    if (view !== undefined && changed) view.draw();
    changed = false;
  }, 1000 / framesPerSecond).unref();
  let end: Extract<RunEvent, { type: 'run-ended' }> | undefined;

  return {
    event(event) {
      state.apply(event);
      changed = true;
      const message = messageOf(event, colours);
      if (message !== undefined) messages.push(message);
      if (event.type === 'run-started') print(`${colours.bold(event.pipeline)}  run ${event.run}`);
      if (event.type === 'task-started') opening ??= open();
      if (event.type === 'run-ended') end = event;
    },
    note(text) {
      messages.push(text);
      changed = true;
    },
    async close() {
      clearInterval(timer);
      closed = true;
      await opening;
      if (view === undefined) for (const message of messages) print(message);
      await view?.close();
      if (end !== undefined) print(endLine(end, colours));
    },
  };
}

/**
 * React is many times slower in its development mode, and Ink's colours do not know NO_COLOR: both look at the
 * environment while they are loaded, and at nothing else.
 */
async function importView(coloured: boolean) {
  const before = { ...env };
  env.NODE_ENV = 'production';
  if (!coloured) env.FORCE_COLOR = '0';
  try {
    return await import('./view.tsx');
  } finally {
    for (const name of ['NODE_ENV', 'FORCE_COLOR']) {
      if (before[name] === undefined) Reflect.deleteProperty(env, name);
      else env[name] = before[name];
    }
  }
}
