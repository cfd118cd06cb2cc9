import stringWidth from 'string-width';
import { harmless, narrow } from './harmless.ts';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cells that a text without control characters takes on a terminal. */
export function textWidth(text: string): number {
  return narrow.test(text) ? text.length : stringWidth(text);
}

/** The beginning of a text that fits `width` cells; never half a character. */
export function cut(text: string, width: number): string {
  if (narrow.test(text)) return text.slice(0, Math.max(0, width));
  let cells = 0;
  let end = 0;
  for (const { segment } of graphemes.segment(text)) {
    cells += stringWidth(segment);
    if (cells > width) break;
    end += segment.length;
  }
  return text.slice(0, end);
}

/** Cut with `…` where it does not fit, and filled up with blanks to exactly `width` cells. */
export function fit(text: string, width: number): string {
  const shown = textWidth(text) <= width ? text : `${cut(text, width - 1)}${width > 0 ? '…' : ''}`;
  return shown + ' '.repeat(Math.max(0, width - textWidth(shown)));
}

/** Lines of at most `width` cells, broken between words where there are any. */
export function wrap(text: string, width: number): string[] {
  return text.split(/\r?\n/).flatMap((line) => wrapLine(harmless(line), Math.max(1, width)));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (textWidth(rest) > width) {
    // A character that is wider than the screen is shown all the same.
    const whole = cut(rest, width) || (Array.from(rest)[0] ?? rest);
    const blank = whole.lastIndexOf(' ');
    const end = blank > width / 2 ? blank : whole.length;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
