import { createHash } from 'node:crypto';

/** Small values that can be made again, kept from run to run. The store is one. */
export interface Memory {
  recall(name: string): string | undefined;
  remember(name: string, value: string): void;
}

/** Raised when what is remembered changes its form or its meaning. */
const version = 2;

/**
 * Computes a value once for the same `question`. Only answers other than undefined are kept, so a finding is always
 * made anew.
 */
export function remembered<T extends object>(
  memory: Memory | undefined,
  question: readonly unknown[],
  compute: () => T | undefined,
  isAnswer: (value: unknown) => value is T,
): T | undefined {
  if (!memory) return compute();
  const name = `spec:${createHash('sha256')
    .update(JSON.stringify([version, ...question]))
    .digest('hex')}`;
  const kept = memory.recall(name);
  if (kept !== undefined) {
    const value: unknown = JSON.parse(kept);
    if (isAnswer(value)) return value;
  }
  const value = compute();
  if (value !== undefined) memory.remember(name, JSON.stringify(value));
  return value;
}
