import type { RunModel } from '../run-model.ts';
import type { TaskModel } from '../task-model.ts';
import { eventRows } from './events.ts';
import { type Surroundings, runHeader } from './header.ts';
import { layOut, rule } from './layout.ts';
import { stageRows } from './stage-rows.ts';
import { taskRows, windowOf } from './task-rows.ts';
import type { Frame } from './theme.ts';

/** Tasks to select from: live trainings, other live tasks, then those that are over, newest first. */
export function tasksOf({ live, ended }: RunModel): readonly TaskModel[] {
  const running = [...live.values()];
  const trainings = running.filter(({ curves }) => curves.size > 0);
  const others = trainings.length === running.length ? [] : running.filter(({ curves }) => curves.size === 0);
  return [...trainings, ...others, ...ended.toReversed()];
}

/** Stages, tasks and events of a run: everything but the footer. */
export function runBody(
  model: RunModel,
  { selected, title }: { readonly selected: string | undefined; readonly title?: string },
  surroundings: Surroundings,
  frame: Frame,
): string[] {
  const stages = [...model.stages.values()];
  const tasks = tasksOf(model);
  const layout = layOut(frame.rows, { overview: stages.length, list: tasks.length });
  const place = Math.max(
    0,
    tasks.findIndex(({ title }) => title === selected),
  );
  const { start, end } = windowOf(tasks.length, place, layout.list);
  return [
    ...runHeader(model, surroundings, { rows: layout.header, title }, frame),
    ...stageRows(stages, layout.overview, frame),
    ...(layout.rules ? [rule(tasksTitle(model, start, end, tasks.length), frame)] : []),
    ...taskRows(tasks.slice(start, end), tasks[place], frame),
    ...blank(layout.list - (end - start)),
    ...(layout.rules && layout.events > 0 ? [rule('events', frame)] : []),
    ...eventRows(model.tail, layout.events, frame),
  ];
}

function tasksTitle({ live, ended }: RunModel, start: number, end: number, all: number): string {
  const counts = `tasks: ${live.size} live${ended.length > 0 ? `, ${ended.length} ended` : ''}`;
  return end - start < all ? `${counts} (${start + 1}-${end} shown)` : counts;
}

const blank = (count: number): string[] => Array.from({ length: Math.max(0, count) }, () => '');
