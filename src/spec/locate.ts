import { readFileSync } from 'node:fs';
import type { SourceRange } from '../errors.ts';
import { overrideText } from './source-tree.ts';

/** A place in lines and columns from 1, as editors count; the end is behind the last character. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Text of a file by name, if it is known. */
export type TextOf = (file: string) => string | undefined;

/** Reads the text that places refer to: a file, or an override of `--set`, which its name holds. */
export const textOfFile: TextOf = (file) => {
  const override = overrideText(file);
  if (override !== undefined) return override;
  try {
    // As the file was read: without a byte order mark.
    return new TextDecoder().decode(readFileSync(file));
  } catch {
    return undefined;
  }
};

/** Where a place is. At 1:1 when the file is gone. */
export function locate({ file, start, end }: SourceRange, textOf: TextOf = textOfFile): Location {
  const text = textOf(file) ?? '';
  const [line, column] = lineAndColumn(text, start);
  const [endLine, endColumn] = lineAndColumn(text, Math.max(start, end));
  return { file, line, column, endLine, endColumn };
}

function lineAndColumn(text: string, offset: number): readonly [line: number, column: number] {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return [before.split('\n').length, before.length - lastBreak];
}
