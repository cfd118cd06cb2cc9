import { createRunModel } from '../../dashboard/create-run-model.ts';
import { figureWords, formatFigure } from '../../dashboard/format.ts';
import { type RunModel, type StageModel, isComplete } from '../../dashboard/run-model.ts';
import type { LiveEvent } from '../../experiment/live-events.ts';
import type { RunEvent } from '../../run/events.ts';
import { formatSeconds } from '../duration.ts';
import type { Terminal } from '../terminal.ts';
import type { ProgressDisplay } from './index.ts';
import { endLine, messageOf, stageCounts } from './messages.ts';

/** How often a line tells that a long stage is alive. */
const heartbeatMilliseconds = 15_000;
/** So many running tasks are told with their figures. */
const toldTasks = 2;

/** It takes recorded events, too, with the times that they had. */
export interface PlainDisplay extends ProgressDisplay {
  event(event: RunEvent | LiveEvent, at?: number): void;
}

/** Plain lines for logs: what a stage began and ended with, failures and results, not one line an item. */
export function createPlainDisplay({ print, warn, colours }: Terminal): PlainDisplay {
  const state = createRunModel();
  const told = new Set<string>();
  const heartbeat = setInterval(() => {
    for (const line of aliveLines(state)) print(colours.dim(line));
  }, heartbeatMilliseconds).unref();

  const tellIfComplete = (name: string) => {
    const stage = state.stages.get(name);
    if (stage === undefined || told.has(name) || !isComplete(stage)) return;
    told.add(name);
    print(stageLine(stage));
  };

  return {
    event(event, at) {
      if (event.type === 'tasks-cached' || event.type === 'tasks-progress') {
        state.apply(event, at);
        if (event.type === 'tasks-cached') for (const stage of Object.keys(event.counts)) tellIfComplete(stage);
        return;
      }
      const startedBefore = 'task' in event && state.stages.get(event.task.stage)?.startedAt !== undefined;
      state.apply(event, at);
      const message = messageOf(event, colours);
      if (message !== undefined) print(message);
      if (event.type === 'run-started') print(`${colours.bold(event.pipeline)}  run ${event.run}`);
      if (event.type === 'task-started' && !startedBefore) print(startLine(event, state));
      if (event.type === 'stage-planned') tellIfComplete(event.stage);
      if ('task' in event) tellIfComplete(event.task.stage);
      if (event.type === 'run-ended') print(endLine(event, colours));
    },
    note: warn,
    close: () => clearInterval(heartbeat),
  };
}

function startLine({ task, why }: Extract<RunEvent, { type: 'task-started' }>, state: RunModel): string {
  const stage = state.stages.get(task.stage);
  const todo = stage === undefined ? '' : ` ${stage.tasks - stage.cached} of ${stage.tasks}`;
  return `${task.stage}: running${todo} (${why})`;
}

function stageLine(stage: StageModel): string {
  const took =
    stage.startedAt === undefined ? '' : `, ${formatSeconds(((stage.endedAt ?? Date.now()) - stage.startedAt) / 1000)}`;
  return `${stage.name}: ${stageCounts(stage)}${took}`;
}

function aliveLines(state: RunModel): string[] {
  return [...state.stages.values()]
    .filter(({ running }) => running > 0)
    .map((stage) => {
      const tasks = [...state.live.values()].filter((task) => task.stage === stage.name);
      const figures = tasks
        .filter((task) => Object.keys(task.figures).length > 0)
        .slice(0, toldTasks)
        .map((task) => `${task.title.slice(stage.name.length + 1)} ${formatFigures(task.figures)}`);
      return [`${stage.name}: ${stage.done} done, ${stage.running} running`, ...figures].join('; ');
    });
}

/** Figures in one line: `epoch 12 of 40, loss 0.834`. */
export function formatFigures(figures: Readonly<Record<string, number>>): string {
  const { epoch, epochs, ...rest } = figures;
  const parts = Object.entries(rest).map(([name, value]) => `${figureWords(name)} ${formatFigure(value)}`);
  if (epoch === undefined) return parts.join(', ');
  return [`epoch ${epoch}${epochs === undefined ? '' : ` of ${epochs}`}`, ...parts].join(', ');
}
