import process from 'node:process';
import { createRunModel } from '../../dashboard/create-run-model.ts';
import type { OpenDashboard } from '../../dashboard/open-dashboard.tsx';
import { styledLine } from '../../dashboard/styled-line.ts';
import { stagePieces } from '../../dashboard/screens/stage-rows.ts';
import type { RunModel } from '../../dashboard/run-model.ts';
import type { RunEvent } from '../../run/events.ts';
import type { Gate } from '../../run/gate.ts';
import type { Terminal } from '../terminal.ts';
import type { ProgressDisplay, RunControls } from './index.ts';
import { loadDashboard } from './load-dashboard.ts';
import { endLine, messageOf } from './messages.ts';

/**
 * The dashboard, on a screen of its own while the run goes on. Afterwards the terminal is as it was, and gets what stays to be
 * said: messages, the table of stages, the end. Ink and React are loaded when the first task runs: a run with nothing to do ends
 * before that.
 */
export function createLiveDisplay(terminal: Terminal, controls: RunControls): ProgressDisplay {
  const { print, warn, colours } = terminal;
  const model = createRunModel();
  const messages: string[] = [];
  let dashboard: OpenDashboard | undefined;
  let opening: Promise<void> | undefined;
  let isClosed = false;
  let isBroken = false;
  let end: Extract<RunEvent, { type: 'run-ended' }> | undefined;

  const open = async () => {
    const { openDashboard } = await loadDashboard();
    if (isClosed) return;
    dashboard = openDashboard({
      source: { kind: 'run', model },
      colours,
      controls: { quit: controls.stop, ...(controls.gate && { togglePause: toggling(controls.gate) }) },
      stopping: controls.isStopping,
      pid: () => process.pid,
      onError,
    });
  };
  const onError = (error: unknown) => {
    isBroken = true;
    dashboard = undefined;
    warn(`The dashboard cannot be shown (${String(error)}); the run goes on. --plain does without it.`);
  };
  const say = (message: string) => {
    if (isBroken) print(message);
    else messages.push(message);
  };

  return {
    event(event) {
      model.apply(event);
      const message = messageOf(event, colours);
      if (message !== undefined) say(message);
      if (event.type === 'run-started') print(`${colours.bold(event.pipeline)}  run ${event.run}`);
      if (event.type === 'task-started') opening ??= open().catch(onError);
      if (event.type === 'run-ended') end = event;
    },
    note(text) {
      say(text);
      model.note(text);
      dashboard?.draw();
    },
    async close() {
      isClosed = true;
      await opening;
      dashboard?.close();
      if (!isBroken) for (const message of messages) print(message);
      if (opening !== undefined) for (const line of stageTable(model, terminal)) print(line);
      if (end !== undefined) print(endLine(end, colours));
    },
  };
}

const toggling = (gate: Gate) => () => {
  if (gate.isClosed) gate.open();
  else gate.close();
};

/** The stages as the dashboard shows them. */
function stageTable({ stages }: RunModel, { width, colours }: Terminal): string[] {
  const all = [...stages.values()];
  const columns = Math.min(width, 120);
  const nameWidth = Math.max(5, ...all.map(({ name }) => name.length));
  return all.map((stage) =>
    styledLine(
      stagePieces(stage, nameWidth, { columns, rows: all.length, colours, now: Date.now() }),
      columns,
      colours,
    ),
  );
}
