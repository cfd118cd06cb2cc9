import process from 'node:process';

const modes = ['quick', 'normal', 'full'] as const;
export type Mode = (typeof modes)[number];

/** Chosen by `npm run bench -- --quick` or `--full`. */
export function mode(): Mode {
  return modes.find((name) => name === process.env['PIPE_BENCH_MODE']) ?? 'normal';
}

/** Of so many rounds in normal mode: a third, at least 3, in quick mode. */
export function rounds(normal: number): number {
  return mode() === 'quick' ? Math.max(Math.min(3, normal), Math.round(normal / 3)) : normal;
}
