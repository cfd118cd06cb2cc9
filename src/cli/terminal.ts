import process from 'node:process';
import { isatty } from 'node:tty';
import picocolors from 'picocolors';
import { harmless } from '../dashboard/harmless.ts';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Where a command writes: results to standard output, everything about its work to standard error when `json`. */
export interface Terminal {
  /** Print JSON, for programs. */
  readonly json: boolean;
  /** A person watches: motion is welcome. */
  readonly live: boolean;
  readonly colours: Colours;
  /** Columns of the terminal; unlimited where there is none. */
  readonly width: number;
  print(text: string): void;
  /** One value as one line of JSON. */
  printJson(value: unknown): void;
  warn(text: string): void;
}

export function createTerminal(options: { readonly json?: boolean; readonly plain?: boolean }): Terminal {
  const { stdout, stderr, env } = process;
  const json = options.json ?? false;
  // Not by isTTY, which is undefined where there is none: picocolors would then look at CI and FORCE_COLOR itself.
  const isTerminal = isatty(stdout.fd);
  const coloured = isTerminal && !noColour(env) && !options.plain && !json;
  return {
    json,
    // Keys are read from standard input: without a terminal there (xargs, a loop over a list) lines are printed.
    live: isTerminal && isatty(0) && !json && !options.plain && env.TERM !== 'dumb' && env.CI === undefined,
    colours: picocolors.createColors(coloured),
    width: isTerminal ? stdout.columns : Infinity,
    print: (text) => void stdout.write(`${isTerminal ? tame(text) : text}\n`),
    printJson: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    warn: (text) => void stderr.write(`${isatty(stderr.fd) ? tame(text) : text}\n`),
  };
}

/** Names, headlines and messages come from outside: of escape sequences and controls only colours and lines reach a terminal. */
export function tame(text: string): string {
  const parts = text.split(/(\u001b\[[\d;]*m|[\n\t])/);
  return parts.map((part, index) => (index % 2 === 1 ? part : harmless(part))).join('');
}

/** https://no-color.org: set, and not empty. */
const noColour = (env: NodeJS.ProcessEnv): boolean => (env.NO_COLOR ?? '') !== '';
