import { Box, Static, Text, render } from 'ink';
import type { ReactNode } from 'react';
import { formatSeconds } from '../duration.ts';
import { type LiveTask, type RunState, type StageState, formatFigures, isComplete, settledCount } from './run-state.ts';

export interface LiveView {
  draw(): void;
  /** Draws the last state, which stays on the screen. */
  close(): Promise<void>;
}

/** Running tasks shown one by one; more would push the table off the screen. */
const shownTasks = 6;
const barCells = 20;

/** Shows the state of a run until it is closed. `messages` grows; each is printed once, above the table. */
export function openView(state: RunState, messages: readonly string[]): LiveView {
  const app = render(<RunView state={state} messages={[...messages]} />, { exitOnCtrlC: false, patchConsole: false });
  const draw = () => app.rerender(<RunView state={state} messages={[...messages]} />);
  return {
    draw,
    async close() {
      draw();
      app.unmount();
      await app.waitUntilExit();
    },
  };
}

/** Messages scroll by in `Static`, which is written once; only the table below is drawn over itself. */
export function RunView({ state, messages }: { state: RunState; messages: readonly string[] }): ReactNode {
  const stages = [...state.stages.values()];
  const nameWidth = Math.max(5, ...stages.map(({ name }) => name.length));
  const tasks = [...state.live.values()].filter(({ figures }) => Object.keys(figures).length > 0);
  return (
    <>
      <Static items={[...messages]}>{(message, index) => <Text key={index}>{message}</Text>}</Static>
      <Box flexDirection="column">
        {stages.map((stage) => (
          <StageRow key={stage.name} stage={stage} nameWidth={nameWidth} />
        ))}
        {tasks.slice(0, shownTasks).map((task) => (
          <TaskRow key={task.title} task={task} />
        ))}
        {tasks.length > shownTasks && <Text dimColor>{`  … and ${tasks.length - shownTasks} more`}</Text>}
      </Box>
    </>
  );
}

function StageRow({ stage, nameWidth }: { stage: StageState; nameWidth: number }): ReactNode {
  const { name, kind, tasks, cached, running, done, failed, skipped, startedAt } = stage;
  if (kind === 'source') return <Text>{`${mark(stage)} ${name.padEnd(nameWidth)} ${tasks} items`}</Text>;
  const filled = tasks === 0 ? barCells : Math.floor((barCells * settledCount(stage)) / tasks);
  return (
    <Text wrap="truncate-end">
      <Text color={failed > 0 ? 'red' : isComplete(stage) ? 'green' : 'yellow'}>{mark(stage)}</Text>
      {` ${name.padEnd(nameWidth)} `}
      <Text color="cyan">{'━'.repeat(filled)}</Text>
      <Text dimColor>{'━'.repeat(barCells - filled)}</Text>
      {` ${settledCount(stage)}/${tasks}`}
      {cached > 0 && <Text dimColor>{` ${cached} cached`}</Text>}
      {running > 0 && <Text color="yellow">{` ${running} running`}</Text>}
      {done > 0 && <Text color="green">{` ${done} done`}</Text>}
      {failed > 0 && <Text color="red">{` ${failed} failed`}</Text>}
      {skipped > 0 && <Text dimColor>{` ${skipped} skipped`}</Text>}
      {startedAt !== undefined && running > 0 && <Text dimColor>{` ${elapsed(startedAt)}`}</Text>}
    </Text>
  );
}

function TaskRow({ task }: { task: LiveTask }): ReactNode {
  return (
    <Text wrap="truncate-end">
      {`  ${task.title} `}
      <Text dimColor>{`${formatFigures(task.figures)}, ${elapsed(task.startedAt)}`}</Text>
    </Text>
  );
}

function mark(stage: StageState): string {
  if (stage.failed > 0) return '✗';
  if (isComplete(stage)) return '✓';
  return settledCount(stage) + stage.running > 0 ? '●' : '○';
}

const elapsed = (since: number): string => formatSeconds((performance.now() - since) / 1000);
