/** Hands what is printed in this process to its task's log, line by line, instead of to the terminal. */
export function noteWrites(onLine: (line: string) => void): void {
  for (const stream of [process.stdout, process.stderr]) {
    let rest = '';
    const write = (chunk: unknown, ...more: unknown[]): boolean => {
      const lines = (rest + textOf(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      const done = more.find((argument) => typeof argument === 'function');
      if (typeof done === 'function') process.nextTick(done);
      return true;
    };
    stream.write = write;
  }
}

function textOf(chunk: unknown): string {
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk);
}
