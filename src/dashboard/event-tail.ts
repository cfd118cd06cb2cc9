import { harmless } from './harmless.ts';

export type TailKind = 'running' | 'done' | 'failed' | 'warning' | 'log';

export interface TailLine {
  /** Since the run began. */
  readonly seconds: number;
  readonly kind: TailKind;
  readonly text: string;
}

/** What happened last, oldest first. */
export interface EventTail {
  readonly lines: readonly TailLine[];
  add(seconds: number, kind: TailKind, text: string): void;
}

const kept = 200;

export function createTail(): EventTail {
  const lines: TailLine[] = [];
  return {
    lines,
    add(seconds, kind, text) {
      const [firstLine = ''] = text.split('\n', 1);
      // What is read from a record does not come in the order that it happened.
      const place = lines.findLastIndex((line) => line.seconds <= seconds) + 1;
      lines.splice(place, 0, { seconds, kind, text: harmless(firstLine) });
      if (lines.length > kept) lines.shift();
    },
  };
}
