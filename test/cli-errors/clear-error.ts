import { expect } from 'vitest';
import type { Outcome } from '../support/start-pipe.ts';

/** Expects a failure as a user must see it: this exit code, all of these texts, and no stack trace. */
export function expectClearError(outcome: Outcome, exitCode: number, ...says: readonly (string | RegExp)[]): void {
  const text = outcome.stdout + outcome.stderr;
  for (const part of says) {
    if (typeof part === 'string') expect(text).toContain(part);
    else expect(text).toMatch(part);
  }
  expect(text).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
  expect(text).not.toContain('error[bug]');
  expect(outcome.exitCode).toBe(exitCode);
}
