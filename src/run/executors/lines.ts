import type { Readable } from 'node:stream';

/** Hands on a stream's text line by line; what follows the last line end comes when the stream ends. */
export function onLines(stream: Readable, onLine: (line: string) => void): void {
  // A long line comes in many chunks: they are joined once, not with every chunk.
  let begun: string[] = [];
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      begun.push(line);
      const whole = begun.length === 1 ? line : begun.join('');
      begun = [];
      onLine(whole);
    }
    if (last !== '') begun.push(last);
  });
  stream.on('end', () => {
    if (begun.length > 0) onLine(begun.join(''));
    begun = [];
  });
  // Whoever is at the other end is watched by other means.
  stream.on('error', () => undefined);
}
