import type { Colours, Style } from '../styled-line.ts';

/** What a screen is drawn with. */
export interface Frame {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export type State = 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'paused' | 'warning' | 'log';

/** Symbols carry the meaning; colours only help. */
export const symbols: Readonly<Record<State, string>> = {
  waiting: '○',
  running: '●',
  done: '✓',
  failed: '✗',
  stopped: '–',
  paused: '‖',
  warning: '!',
  log: '·',
};

export const styles: Readonly<Record<State, Style>> = {
  waiting: 'dim',
  running: 'yellow',
  done: 'green',
  failed: 'red',
  stopped: 'yellow',
  paused: 'yellow',
  warning: 'yellow',
  log: 'dim',
};

/** Of a run or trial: its symbol, and the style of it. */
export function markOf(
  status: 'running' | 'done' | 'failed' | 'paused' | 'interrupted',
): [symbol: string, style: Style] {
  const state = status === 'interrupted' ? 'stopped' : status;
  return [symbols[state], styles[state]];
}
