import { type Piece, styledLine, widthOf } from '../styled-line.ts';
import { textWidth } from '../text.ts';
import type { Frame } from './theme.ts';

/** Rows of each part of a screen of a list between an overview and events. */
export interface Layout {
  readonly header: number;
  readonly overview: number;
  /** A titled line above the list, and one above the events. */
  readonly rules: boolean;
  readonly list: number;
  readonly events: number;
}

/** Below this many rows there is no line between the parts. */
const roomy = 14;
/** From here on events are always shown. */
const tall = 20;

/**
 * Shares out the rows between header and footer. What there is more of than rows is scrolled or shortened by its part; the list
 * gets at least a third.
 */
export function layOut(rows: number, wanted: { readonly overview: number; readonly list: number }): Layout {
  const header = rows >= 16 ? 2 : 1;
  const rules = rows >= roomy;
  const free = Math.max(0, rows - header - 1 - (rules ? 1 : 0));
  const reserved = rows >= tall ? 4 : 0;
  const leastList = Math.min(Math.max(1, wanted.list), Math.max(3, Math.floor(free / 3)));
  const overview = Math.min(wanted.overview, Math.max(2, free - reserved - leastList), free);
  const most = free - overview - reserved;
  const list = Math.max(0, Math.min(Math.max(1, wanted.list), most));
  const rest = free - overview - list;
  const events = rules ? rest - 1 : rest;
  return { header, overview, rules, list, events: events >= 1 ? events : 0 };
}

/** `── tasks: 2 live ──────────` */
export function rule(title: string, { columns, colours }: Frame): string {
  const line = '─'.repeat(Math.max(0, columns - textWidth(title) - 4));
  return styledLine([['── ', 'dim'], title, [` ${line}`, 'dim']], columns, colours);
}

/** Fills or cuts a screen to its height, with the footer in the last row. */
export function screenOf(body: readonly string[], footer: string, rows: number): string[] {
  const lines = body.slice(0, Math.max(0, rows - 1));
  while (lines.length < rows - 1) lines.push('');
  return [...lines, footer].slice(-rows);
}

/** `p pause  q quit`: as many keys as there is room for. The last ones, which matter most, are kept. */
export function keysLine(keys: readonly (readonly [key: string, does: string])[], { columns, colours }: Frame): string {
  const piecesOf = (shown: typeof keys) =>
    shown.flatMap(([key, does], index): Piece[] => [index === 0 ? '' : '  ', [key, 'bold'], ` ${does}`]);
  let shown = keys;
  while (shown.length > 1 && widthOf(piecesOf(shown)) > columns) shown = shown.slice(1);
  return styledLine(piecesOf(shown), columns, colours);
}
