import { execFile } from 'node:child_process';
import { execPath } from 'node:process';
import { expect, test } from 'vitest';
import { reasonIn } from '../../src/cli/commands/engine-probe.ts';

/** The reason that is told of a program that fails within `timeout` milliseconds, or is killed then. */
const reasonOf = (program: string, timeout = 20_000) =>
  new Promise<string>((resolve) =>
    execFile(execPath, ['--eval', program], { timeout }, (error, _stdout, stderr) =>
      resolve(error === null ? 'none' : reasonIn(stderr, error)),
    ),
  );

test('a library that takes longer than it is waited for is told as such', async () => {
  expect(await reasonOf('setInterval(() => undefined, 1000)', 200)).toBe('it did not answer within 60 s');
});

test('a library that ends the process is told by the signal', async () => {
  expect(await reasonOf("process.kill(process.pid, 'SIGSEGV'); setInterval(() => undefined, 1000)")).toBe(
    'its library ends the process (SIGSEGV)',
  );
});

test.each([
  ['an error by its message', "throw new Error('no such symbol')", /^no such symbol$/],
  ['other words by the last line', "console.error('first\\nlast\\n'); process.exit(1)", /^last$/],
  ['an end without words by that', 'process.exit(3)', /^Command failed: /],
])('%s is told', async (_, program, reason) => {
  expect(await reasonOf(program)).toMatch(reason);
});
