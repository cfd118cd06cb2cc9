import type picocolors from 'picocolors';
import { harmless } from './harmless.ts';
import { cut, textWidth } from './text.ts';

/** Functions that colour a text, or leave it as it is. */
export type Colours = ReturnType<typeof picocolors.createColors>;

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold' | 'inverse';

/** A piece of a line: plain, or with styles. */
export type Piece = string | readonly [text: string, ...styles: Style[]];

/** A line of at most `width` cells: what does not fit is cut, and `…` tells it. */
export function styledLine(pieces: readonly Piece[], width: number, colours: Colours): string {
  let room = width;
  let line = '';
  let cutLine = '';
  for (const piece of pieces) {
    const text = textOf(piece);
    const cells = textWidth(text);
    // Where the line would have to end, should what follows not fit.
    if (room > 0 && cells >= room) cutLine = line + coloured(cut(text, room - 1), piece, colours);
    if (cells > room) return width > 0 ? `${cutLine}…` : '';
    line += coloured(text, piece, colours);
    room -= cells;
  }
  return line;
}

/** Left and right ends of a line. Of several right ends the first that there is room for; none where there is none. */
export function spread(
  left: readonly Piece[],
  rights: readonly (readonly Piece[])[],
  width: number,
  colours: Colours,
): string {
  const room = width - widthOf(left) - 2;
  const right = rights.find((pieces) => widthOf(pieces) <= room);
  if (right === undefined) return styledLine(left, width, colours);
  return styledLine([...left, ' '.repeat(room + 2 - widthOf(right)), ...right], width, colours);
}

export const widthOf = (pieces: readonly Piece[]): number =>
  pieces.reduce((sum, piece) => sum + textWidth(textOf(piece)), 0);

/** Whatever it says, it does nothing to the terminal. */
const textOf = (piece: Piece): string => harmless(typeof piece === 'string' ? piece : piece[0]);

function coloured(text: string, piece: Piece, colours: Colours): string {
  if (typeof piece === 'string' || text === '') return text;
  const [, ...styles] = piece;
  return styles.reduce((painted, style) => colours[style](painted), text);
}
