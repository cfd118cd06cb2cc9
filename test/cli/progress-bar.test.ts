import type { WriteStream } from 'node:tty';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgressBar } from '../../src/cli/progress-bar.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
  vi.stubEnv('NO_COLOR', '1');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A terminal, or none, that keeps what is written to it. */
function stream(isTTY: boolean, columns = 80) {
  const written: string[] = [];
  const fake = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, bar: createProgressBar(fake as unknown as WriteStream) };
}

describe('a progress bar', () => {
  it('is one line that is drawn over itself, and is gone in the end', () => {
    const { written, bar } = stream(true);
    bar.draw(0.5, '1/2 files prepared');
    vi.advanceTimersByTime(1000);
    bar.draw(1, '2/2 files prepared');
    bar.close();
    bar.close();
    const full = '━'.repeat(20);
    expect(written).toEqual([
      `\r${full} 1/2 files prepared\u001b[K`,
      `\r${full} 2/2 files prepared\u001b[K`,
      '\r\u001b[K',
    ]);
  });

  it('is drawn ten times a second, at most', () => {
    const { written, bar } = stream(true);
    for (let step = 0; step < 1000; step++) {
      bar.draw(step / 1000, 'files');
      vi.advanceTimersByTime(1);
    }
    expect(written).toHaveLength(10);
  });

  it('fits a narrow terminal', () => {
    const { written, bar } = stream(true, 30);
    bar.draw(0, '123456789 files prepared');
    expect(written.join('').replaceAll(/\r|\u001b\[K/g, '')).toHaveLength(29);
  });

  it('is nothing where there is no terminal, but says what must be said', () => {
    const { written, bar } = stream(false);
    bar.draw(0.5, 'files');
    bar.note('Stopping.');
    bar.close();
    expect(written).toEqual(['Stopping.\n']);
  });

  it.each([
    ['TERM', 'dumb'],
    ['CI', 'true'],
  ])('is nothing with %s=%s', (name, value) => {
    vi.stubEnv(name, value);
    const { written, bar } = stream(true);
    bar.draw(0.5, 'files');
    bar.close();
    expect(written).toEqual([]);
  });
});
