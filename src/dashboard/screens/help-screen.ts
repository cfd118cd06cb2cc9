import { type Piece, styledLine } from '../styled-line.ts';
import { type Frame, type State, styles, symbols } from './theme.ts';

export interface HelpOptions {
  /** Another process's run is shown. */
  readonly watching: boolean;
  readonly sweep: boolean;
}

const meanings: readonly (readonly [State, string])[] = [
  ['waiting', 'waits'],
  ['running', 'runs'],
  ['done', 'done'],
  ['failed', 'failed'],
  ['paused', 'paused'],
];

/** All keys, and what the symbols mean. */
export function helpBody(options: HelpOptions, { columns, rows, colours }: Frame): string[] {
  const keys = keysOf(options).map(([key, does]) => styledLine([[key.padEnd(11), 'bold'], does], columns, colours));
  const legend = meanings.flatMap(([state, text]): Piece[] => [[symbols[state], styles[state]], ` ${text}  `]);
  const roomy = rows > keys.length + 5;
  return [
    styledLine([['Keys', 'bold']], columns, colours),
    ...(roomy ? [''] : []),
    ...keys,
    ...(roomy ? [''] : []),
    styledLine(legend, columns, colours),
  ];
}

function keysOf({ watching, sweep }: HelpOptions): readonly (readonly [string, string])[] {
  return [
    ['↑ ↓  k j', sweep ? 'select a trial or task' : 'select a task'],
    ['PgUp PgDn', 'a page up or down; g and G: to the ends'],
    ['Enter  l', sweep ? "a trial's run, a task's log" : "the task's log"],
    ['Esc  h', 'back'],
    ...(sweep ? ([['s', 'sort trials: newest or best first']] as const) : []),
    ...(watching
      ? ([['q  Ctrl-C', 'leave; the run goes on']] as const)
      : ([
          ['p', 'pause: running tasks go on, nothing new begins; p resumes'],
          ['q  Ctrl-C', 'stop safely: the next run goes on from there; twice: at once'],
          ['Ctrl-Z', 'to the shell; fg comes back, tasks go on meanwhile'],
        ] as const)),
    ['?', 'this page'],
  ];
}
