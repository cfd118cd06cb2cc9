const escape = '\u001b[';

export interface Painter {
  /** Brings these lines to the screen, and writes no more than those that are not there yet. */
  paint(lines: readonly string[]): void;
  /** The screen holds something else now: the next lines are all written. */
  forget(): void;
}

/** Draws full screens by writing the lines that differ from those before, each at its place. */
export function createPainter(write: (text: string) => void): Painter {
  let shown: readonly string[] | undefined;
  return {
    paint(lines) {
      const before = shown;
      // No line ends in a line break, which would scroll the last one out of sight.
      const changes = lines.flatMap((line, row) =>
        before?.[row] === line ? [] : [`${escape}${row + 1};1H${escape}2K${line}`],
      );
      if (before !== undefined && before.length > lines.length)
        changes.push(`${escape}${lines.length + 1};1H${escape}J`);
      shown = lines;
      if (before === undefined) write(`${escape}2J${changes.join('')}`);
      else if (changes.length > 0) write(changes.join(''));
    },
    forget() {
      shown = undefined;
    },
  };
}
