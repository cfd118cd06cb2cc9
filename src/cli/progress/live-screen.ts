import process from 'node:process';
import type { OpenDashboard } from '../../dashboard/open-dashboard.tsx';
import type { Source } from '../../dashboard/view.ts';
import type { Gate } from '../../run/gate.ts';
import { systemText } from '../../system-text.ts';
import type { Terminal } from '../terminal.ts';
import type { RunControls } from './index.ts';
import { loadDashboard } from './load-dashboard.ts';

/** The dashboard of a run or sweep of this process, and what is to be said when it is gone. */
export interface LiveScreen {
  /** Opens it, the first time. */
  begin(): void;
  /** A line that is printed once the terminal is as it was before. */
  say(text: string): void;
  /** The same, shown at once too. */
  note(text: string): void;
  /** Gives the terminal back; says whether it ever had been taken. */
  close(): Promise<boolean>;
}

/**
 * The dashboard has a screen of its own while there is work. Ink and React are loaded when the first task runs: a run with nothing
 * to do ends before that.
 */
export function createLiveScreen(
  source: Source,
  { print, warn, colours }: Terminal,
  controls: RunControls,
): LiveScreen {
  const kept: string[] = [];
  let dashboard: OpenDashboard | undefined;
  let opening: Promise<void> | undefined;
  let isClosed = false;
  let isBroken = false;

  const onError = (error: unknown) => {
    isBroken = true;
    dashboard = undefined;
    warn(`The dashboard cannot be shown (${systemText(error)}); the run goes on. --plain does without it.`);
    for (const text of kept.splice(0)) print(text);
  };
  const open = async () => {
    const { openDashboard } = await loadDashboard();
    if (isClosed) return;
    dashboard = openDashboard({
      source,
      colours,
      controls: { quit: controls.stop, ...(controls.gate && { togglePause: toggling(controls.gate) }) },
      stopping: controls.isStopping,
      pid: () => process.pid,
      onError,
    });
  };
  const say = (text: string) => {
    if (isBroken) print(text);
    else kept.push(text);
  };

  return {
    begin() {
      opening ??= open().catch(onError);
    },
    say,
    note(text) {
      say(text);
      source.model.note(text);
      dashboard?.draw();
    },
    async close() {
      isClosed = true;
      await opening;
      dashboard?.close();
      for (const text of kept.splice(0)) print(text);
      return opening !== undefined;
    },
  };
}

const toggling = (gate: Gate) => () => {
  if (gate.isClosed) gate.open();
  else gate.close();
};
