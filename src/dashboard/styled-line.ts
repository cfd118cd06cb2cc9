import type picocolors from 'picocolors';
import { cut, textWidth } from './text.ts';

/** Functions that colour a text, or leave it as it is. */
export type Colours = ReturnType<typeof picocolors.createColors>;

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold' | 'inverse';

/** A piece of a line: plain, or with styles. Without control characters. */
export type Piece = string | readonly [text: string, ...styles: Style[]];

/** A line of at most `width` cells: what does not fit is cut, and `…` tells it. */
export function styledLine(pieces: readonly Piece[], width: number, colours: Colours): string {
  const total = pieces.reduce((sum, piece) => sum + textWidth(textOf(piece)), 0);
  const isCut = total > width;
  let room = isCut ? width - 1 : width;
  let line = '';
  for (const piece of pieces) {
    const text = textOf(piece);
    const shown = textWidth(text) <= room ? text : cut(text, room);
    room -= textWidth(shown);
    line += coloured(shown, piece, colours);
    if (shown !== text) break;
  }
  return isCut && width > 0 ? `${line}…` : line;
}

/** Left and right ends of a line; the right one goes where there is no room for both. */
export function spread(left: readonly Piece[], right: readonly Piece[], width: number, colours: Colours): string {
  const gap = width - widthOf(left) - widthOf(right);
  return gap < 2 ? styledLine(left, width, colours) : styledLine([...left, ' '.repeat(gap), ...right], width, colours);
}

export const widthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + textWidth(textOf(piece)), 0);

const textOf = (piece: Piece): string => (typeof piece === 'string' ? piece : piece[0]);

function coloured(text: string, piece: Piece, colours: Colours): string {
  if (typeof piece === 'string' || text === '') return text;
  const [, ...styles] = piece;
  return styles.reduce((painted, style) => colours[style](painted), text);
}
