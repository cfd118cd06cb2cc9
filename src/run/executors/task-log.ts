/** What one task may write to its log; more would drown the log of all others. */
const lineLimit = 2000;
const lengthLimit = 2000;
/** How many last lines tell of a failure. */
const tailLength = 40;

export interface TaskLog {
  /** Takes a line that the task has printed. */
  add(line: string): void;
  /** The last lines, for the account of a failure. */
  tail(): string;
}

/** Hands on what a task prints, up to a limit, and keeps the last lines. */
export function createTaskLog(onLine: (line: string) => void): TaskLog {
  const tail: string[] = [];
  let count = 0;
  return {
    add(line) {
      const text = line.length > lengthLimit ? `${line.slice(0, lengthLimit)} ...` : line;
      tail.push(text);
      if (tail.length > tailLength) tail.shift();
      count += 1;
      if (count <= lineLimit) onLine(text);
      if (count === lineLimit) onLine(`(${lineLimit} lines: what follows is not logged)`);
    },
    tail: () => tail.join('\n'),
  };
}
