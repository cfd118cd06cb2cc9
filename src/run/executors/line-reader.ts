import type { Readable } from 'node:stream';

/** What one task may write to its log; more would drown the log of all others. */
const lineLimit = 2000;
const lengthLimit = 2000;

export interface LineReader {
  /** The last lines, for the account of a failure. */
  tail(): string;
}

const tailLength = 40;

/** Hands on what a process prints, line by line, and keeps the last ones. Always reads on, so that nobody waits for us. */
export function readLines(stream: Readable | null | undefined, onLine: (line: string) => void): LineReader {
  const tail: string[] = [];
  let count = 0;
  let rest = '';
  const take = (text: string): void => {
    const line = text.length > lengthLimit ? `${text.slice(0, lengthLimit)} ...` : text;
    tail.push(line);
    if (tail.length > tailLength) tail.shift();
    count += 1;
    if (count <= lineLimit) onLine(line);
    if (count === lineLimit) onLine(`(${lineLimit} lines: what follows is not logged)`);
  };
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r/);
    rest = (lines.pop() ?? '').slice(0, lengthLimit + 1);
    for (const line of lines) take(line);
  });
  stream?.on('end', () => {
    if (rest !== '') take(rest);
    rest = '';
  });
  stream?.on('error', () => undefined);
  return { tail: () => [...tail, ...(rest === '' ? [] : [rest])].join('\n') };
}
