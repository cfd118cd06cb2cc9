import { relative, sep } from 'node:path';
import { cwd } from 'node:process';
import picocolors from 'picocolors';
import type { Diagnostic, SourceRange } from '../errors.ts';
import { locate, textOfFile, type TextOf } from './locate.ts';
import { overrideText } from './source-tree.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

export interface RenderOptions {
  readonly colours?: Colours;
  readonly severity?: 'error' | 'note';
  /** Columns to which lines of source are cut. */
  readonly width?: number;
  readonly textOf?: TextOf;
}

const plain = picocolors.createColors(false);
const tabWidth = 4;

/**
 * A diagnostic as text: what happened, where, the line with a squiggle, and what to do.
 *
 * ```
 * error[unknown-key]: Unknown key `nedds`.
 *  --> pipelines/demo.yaml:7:5
 *   7 |     nedds: corpus
 *     |     ^^^^^
 * help: Did you mean `needs`?
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic, options: RenderOptions = {}): string {
  const { colours = plain, severity = 'error', width = 80, textOf = textOfFile } = options;
  const { code, message, advice, place } = diagnostic;
  const paint = severity === 'error' ? colours.red : colours.cyan;
  const title =
    severity === 'error'
      ? `${paint(`error[${code}]`)}: ${colours.bold(printable(message))}`
      : `${paint(severity)}: ${printable(message)}`;
  const lines = [title];
  if (place) lines.push(...renderPlace(place, textOf, width, colours, paint));
  if (advice !== undefined) lines.push(`${colours.green('help')}: ${printable(advice)}`);
  return lines.join('\n');
}

function renderPlace(
  place: SourceRange,
  textOf: TextOf,
  width: number,
  colours: Colours,
  paint: (text: string) => string,
): readonly string[] {
  const { line, column, endLine, endColumn } = locate(place, textOf);
  const arrow = `${colours.dim(' -->')} ${shownFile(place.file)}:${line}:${column}`;
  const source = textOf(place.file)?.split(/\r?\n/)[line - 1];
  if (source === undefined) return [arrow];
  const number = String(line).padStart(3);
  const empty = ' '.repeat(number.length);
  const end = endLine === line ? endColumn : source.trimEnd().length + 1;
  const { text, start, length } = cut(cells(source), column - 1, end - 1, Math.max(20, width - number.length - 4));
  const further = endLine - line - (endColumn === 1 ? 1 : 0);
  const more = further > 0 ? colours.dim(` and ${further} more ${further === 1 ? 'line' : 'lines'}`) : '';
  return [
    arrow,
    `${colours.dim(`${number} |`)} ${text}`,
    `${colours.dim(`${empty} |`)} ${' '.repeat(start)}${paint('^'.repeat(Math.max(1, length)))}${more}`,
  ];
}

function shownFile(file: string): string {
  if (overrideText(file) !== undefined) return file;
  const path = relative(cwd(), file);
  return path === '' || path.startsWith(`..${sep}`) ? file : path;
}

/** How one UTF-16 unit of a line is shown, and how many columns that takes. */
interface Cell {
  readonly shown: string;
  readonly columns: number;
}

function cells(line: string): readonly Cell[] {
  return Array.from(line).flatMap((character): readonly Cell[] => {
    const cell = { shown: printable(character), columns: columnsOf(character) };
    // The second half of a pair shows nothing.
    return character.length === 2 ? [cell, { shown: '', columns: 0 }] : [cell];
  });
}

/** A piece of a line with the marked part in it, at most `room` columns wide. */
function cut(
  line: readonly Cell[],
  from: number,
  to: number,
  room: number,
): { readonly text: string; readonly start: number; readonly length: number } {
  const widthOf = (start: number, end: number) => line.slice(start, end).reduce((sum, cell) => sum + cell.columns, 0);
  let first = 0;
  // Long lines begin a little before the mark.
  if (widthOf(0, line.length) > room)
    while (first < from && widthOf(first, Math.min(to, from + 20)) > room / 2) first++;
  let last = line.length;
  const cutAhead = first > 0 ? 1 : 0;
  if (widthOf(first, last) + cutAhead > room) {
    last = first;
    for (let used = cutAhead + 1; last < line.length && used + (line[last]?.columns ?? 0) <= room; last++)
      used += line[last]?.columns ?? 0;
  }
  const text = `${cutAhead ? '…' : ''}${line
    .slice(first, last)
    .map((cell) => cell.shown)
    .join('')}${last < line.length ? '…' : ''}`;
  return { text, start: widthOf(first, Math.min(from, last)) + cutAhead, length: widthOf(from, Math.min(to, last)) };
}

function columnsOf(character: string): number {
  if (character === '\t') return tabWidth;
  if (/^\p{M}$/u.test(character)) return 0;
  return /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$|^\p{Emoji_Presentation}$/u.test(
    character,
  )
    ? 2
    : 1;
}

/** Text of the user never steers the terminal. */
function printable(text: string): string {
  return text
    .replaceAll('\t', ' '.repeat(tabWidth))
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => (character === '\n' ? '\n' : '\u00b7'));
}
