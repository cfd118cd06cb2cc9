import type { RunModel } from './run-model.ts';
import { scrollRange } from './screens/log-screen.ts';
import { tasksOf } from './screens/run-screen.ts';
import { type TrialOrder, rowsOf } from './screens/sweep-screen.ts';
import type { Frame } from './screens/theme.ts';
import { type FinalModel, type SweepModel, type TrialModel, rowOf } from './sweep-model.ts';
import type { TaskModel } from './task-model.ts';

/** What is shown: a run, or a sweep with its runs. */
export type Source =
  { readonly kind: 'run'; readonly model: RunModel } | { readonly kind: 'sweep'; readonly model: SweepModel };

/** A screen that was opened, with what is selected in it. */
export type Level = {
  readonly at: 'run' | 'sweep' | 'trial' | 'log';
  /** The title of the trial, final run or task that it shows. */
  readonly of?: string;
  readonly selected?: string;
  /** Rows up from the end of a log. */
  readonly scroll: number;
};

/** Where the person who watches is. */
export interface View {
  /** From the first screen to the one that is shown. */
  readonly levels: readonly [Level, ...Level[]];
  readonly help: boolean;
  readonly order: TrialOrder;
}

export type Action =
  'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last' | 'open' | 'back' | 'help' | 'sort' | 'other';

export function firstView({ kind }: Source): View {
  return { levels: [{ at: kind, scroll: 0 }], help: false, order: 'newest' };
}

export const levelOf = ({ levels }: View): Level => levels.at(-1) ?? levels[0];

/** The run that a view is in, or the one that is shown. */
export function runOf(source: Source, { levels }: View): RunModel | undefined {
  if (source.kind === 'run') return source.model;
  const level = levels.findLast(({ at }) => at === 'trial');
  const row = level && trialOf(source, level);
  return row?.run ?? row?.recorded?.();
}

/** The trial or final run that a level shows. */
export function trialOf(source: Source, { of }: Level): TrialModel | FinalModel | undefined {
  return source.kind === 'sweep' && of !== undefined ? rowOf(source.model, of) : undefined;
}

/** The task whose log is shown. */
export function taskOf(source: Source, view: View): TaskModel | undefined {
  const { of } = levelOf(view);
  const run = runOf(source, view);
  return run && tasksOf(run).find(({ title }) => title === of);
}

/** The view after a key. */
export function act(view: View, action: Action, source: Source, frame: Frame): View {
  if (view.help) return { ...view, help: false };
  switch (action) {
    case 'other':
      return view;
    case 'help':
      return { ...view, help: true };
    case 'sort':
      return source.kind === 'sweep' ? { ...view, order: view.order === 'newest' ? 'best' : 'newest' } : view;
    case 'back':
      return goBack(view);
    case 'open':
      return open(view, source);
    case 'up':
    case 'down':
    case 'pageUp':
    case 'pageDown':
    case 'first':
    case 'last':
      return levelOf(view).at === 'log' ? scroll(view, action, source, frame) : select(view, action, source, frame);
  }
}

function goBack(view: View): View {
  const [first, ...rest] = view.levels;
  return rest.length === 0 ? view : { ...view, levels: [first, ...rest.slice(0, -1)] };
}

function open(view: View, source: Source): View {
  const level = levelOf(view);
  const titles = titlesOf(view, source);
  if (level.at === 'log' || titles.length === 0) return view;
  const of = titles[placeOf(titles, level)] ?? '';
  return { ...view, levels: [...view.levels, { at: level.at === 'sweep' ? 'trial' : 'log', of, scroll: 0 }] };
}

function select(view: View, action: Action, source: Source, frame: Frame): View {
  const level = levelOf(view);
  const titles = titlesOf(view, source);
  const place = placeOf(titles, level);
  const last = titles.length - 1;
  const moved = { ...steps(frame), first: -last, last }[action as Move] + place;
  const selected = titles[Math.max(0, Math.min(last, moved))];
  return selected === undefined ? view : replaceLevel(view, { ...level, selected });
}

type Move = 'up' | 'down' | 'pageUp' | 'pageDown' | 'first' | 'last';

function scroll(view: View, action: Action, source: Source, frame: Frame): View {
  const task = taskOf(source, view);
  const level = levelOf(view);
  const range = task === undefined ? 0 : scrollRange(task, frame);
  const moved = level.scroll - { ...steps(frame), first: -range, last: range }[action as Move];
  return replaceLevel(view, { ...level, scroll: Math.max(0, Math.min(range, moved)) });
}

function steps({ rows }: Frame): Readonly<Record<'up' | 'down' | 'pageUp' | 'pageDown', number>> {
  const page = Math.max(1, Math.floor(rows / 2));
  return { up: -1, down: 1, pageUp: -page, pageDown: page };
}

function replaceLevel(view: View, level: Level): View {
  const [first, ...rest] = view.levels;
  return { ...view, levels: rest.length === 0 ? [level] : [first, ...rest.slice(0, -1), level] };
}

/** Titles of what can be selected. */
function titlesOf(view: View, source: Source): readonly string[] {
  const level = levelOf(view);
  if (level.at === 'sweep' && source.kind === 'sweep')
    return rowsOf(source.model, view.order).map(({ title }) => title);
  const run = runOf(source, view);
  return run === undefined ? [] : tasksOf(run).map(({ title }) => title);
}

/** Without a selection, or where the selected one is gone, the first. */
const placeOf = (titles: readonly string[], { selected }: Level): number =>
  Math.max(0, selected === undefined ? 0 : titles.indexOf(selected));
