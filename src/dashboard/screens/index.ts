import { styledLine } from '../styled-line.ts';
import { type Source, type View, levelOf, runOf, taskOf, trialOf } from '../view.ts';
import type { Surroundings } from './header.ts';
import { helpBody } from './help-screen.ts';
import { keysLine, screenOf } from './layout.ts';
import { logBody } from './log-screen.ts';
import { runBody } from './run-screen.ts';
import type { FinalModel, TrialModel } from '../sweep-model.ts';
import { parameterNames, settingsText, sweepBody } from './sweep-screen.ts';
import type { Frame } from './theme.ts';
import { finalBody, trialBody } from './trial-screen.ts';

export interface Shown {
  readonly source: Source;
  readonly view: View;
  readonly surroundings: Surroundings;
  /** Another process's run, or one that is over. */
  readonly watching: boolean;
  readonly canPause: boolean;
}

/** The lines of the whole screen, `frame.rows` of them, each at most `frame.columns` cells wide. */
export function drawScreen(shown: Shown, frame: Frame): string[] {
  return screenOf(bodyOf(shown, frame), footerOf(shown, frame), frame.rows);
}

function bodyOf({ source, view, surroundings, watching }: Shown, frame: Frame): string[] {
  if (view.help) return helpBody({ watching, sweep: source.kind === 'sweep' }, frame);
  const level = levelOf(view);
  const { selected, scroll } = level;
  const gone = (what: string) => [
    styledLine([[`${what} is not kept any more; Esc goes back`, 'dim']], frame.columns, frame.colours),
  ];
  switch (level.at) {
    case 'run':
      return source.kind === 'run' ? runBody(source.model, { selected }, surroundings, frame) : gone('this run');
    case 'sweep':
      return source.kind === 'sweep'
        ? sweepBody(source.model, { selected, order: view.order }, surroundings, frame)
        : gone('this sweep');
    case 'trial': {
      const trial = trialOf(source, level);
      const run = runOf(source, view);
      if (trial === undefined) return gone('this trial');
      return run === undefined || run.stages.size === 0
        ? pageOf(trial, frame)
        : runBody(run, { selected, title: trialTitle(trial, source) }, surroundings, frame);
    }
    case 'log': {
      const task = taskOf(source, view);
      return task === undefined ? gone('this task') : logBody(task, scroll, frame);
    }
  }
}

/** Without its run. */
const pageOf = (row: TrialModel | FinalModel, frame: Frame): string[] =>
  'headline' in row ? finalBody(row, frame) : trialBody(row, frame);

function trialTitle(row: TrialModel | FinalModel, source: Source): string {
  if ('headline' in row) return [row.title, ...row.headline].join(' · ');
  const names = source.kind === 'sweep' ? parameterNames(source.model) : new Map<string, string>();
  return `trial ${row.title}: ${settingsText(row, names)}`;
}

function footerOf({ source, view, surroundings: { stopping }, watching, canPause }: Shown, frame: Frame): string {
  const { columns, colours } = frame;
  if (stopping) return styledLine([['Stopping: the record is closed. q again: at once', 'yellow']], columns, colours);
  const { at } = levelOf(view);
  // The page of a trial without its run has nothing to select.
  const isList = at !== 'trial' || (runOf(source, view)?.stages.size ?? 0) > 0;
  if (view.help) return keysLine([['any key', 'back']], frame);
  const { paused } = source.model;
  const move = at === 'log' ? 'scroll' : 'select';
  return keysLine(
    [
      ...(at === 'sweep' ? ([['s', 'sort']] as const) : []),
      ...(isList ? ([['↑↓', move]] as const) : []),
      ...(at === 'log' || !isList ? [] : ([['Enter', at === 'sweep' ? 'trial' : 'log']] as const)),
      ...(at === 'run' || at === 'sweep' ? [] : ([['Esc', 'back']] as const)),
      ...(canPause ? ([['p', paused ? 'resume' : 'pause']] as const) : []),
      ['q', watching ? 'leave' : 'quit'],
      ['?', 'help'],
    ],
    frame,
  );
}
