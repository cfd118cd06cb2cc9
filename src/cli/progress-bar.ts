import { env } from 'node:process';
import type { WriteStream } from 'node:tty';
import picocolors from 'picocolors';

/** One line at the bottom of a terminal that is drawn over itself; nothing where there is no terminal. */
export interface ProgressBar {
  /** @param share the part that is done, 0 to 1 */
  draw(share: number, text: string): void;
  /** A line above it that stays. */
  note(text: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

const cells = 20;
/** From one drawing to the next, at least. */
const pauseMilliseconds = 100;

/** On standard error, because standard output may be a file. */
export function createProgressBar(stream: WriteStream): ProgressBar {
  const live = stream.isTTY && env.TERM !== 'dumb' && env.CI === undefined;
  const { cyan, dim } = picocolors.createColors(live && (env.NO_COLOR ?? '') === '');
  let drawnAt = -Infinity;
  let drawn = false;
  const clear = () => {
    if (drawn) stream.write('\r\u001b[K');
    drawn = false;
  };
  return {
    draw(share, text) {
      const now = performance.now();
      if (!live || now - drawnAt < pauseMilliseconds) return;
      drawnAt = now;
      drawn = true;
      const filled = Math.floor(cells * Math.min(1, Math.max(0, share)));
      const room = Math.max(0, stream.columns - cells - 2);
      stream.write(`\r${cyan('━'.repeat(filled))}${dim('━'.repeat(cells - filled))} ${text.slice(0, room)}\u001b[K`);
    },
    note(text) {
      clear();
      stream.write(`${text}\n`);
    },
    close: clear,
  };
}
