import { createRunModel } from '../../dashboard/create-run-model.ts';
import type { RunModel } from '../../dashboard/run-model.ts';
import { stagePieces } from '../../dashboard/screens/stage-rows.ts';
import { styledLine } from '../../dashboard/styled-line.ts';
import type { RunEvent } from '../../run/events.ts';
import type { Terminal } from '../terminal.ts';
import type { ProgressDisplay, RunControls } from './index.ts';
import { createLiveScreen } from './live-screen.ts';
import { endLine, messageOf } from './messages.ts';

/** The dashboard; afterwards the terminal gets what stays to be said: messages, the table of stages, the end. */
export function createLiveDisplay(terminal: Terminal, controls: RunControls): ProgressDisplay {
  const { print, colours } = terminal;
  const model = createRunModel();
  const screen = createLiveScreen({ kind: 'run', model }, terminal, controls);
  let end: Extract<RunEvent, { type: 'run-ended' }> | undefined;
  return {
    event(event) {
      model.apply(event);
      const message = messageOf(event, colours);
      if (message !== undefined) screen.say(message);
      if (event.type === 'run-started') print(`${colours.bold(event.pipeline)}  run ${event.run}`);
      if (event.type === 'task-started') screen.begin();
      if (event.type === 'run-ended') end = event;
    },
    note: screen.note,
    async close() {
      const wasShown = await screen.close();
      for (const line of wasShown ? stageTable(model, terminal) : []) print(line);
      if (end !== undefined) print(endLine(end, colours));
    },
  };
}

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
