import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import process from 'node:process';
import { expect, test } from 'vitest';
import { bundleProgram } from './start-child.ts';
import { temporaryFolder } from './support.ts';

test('a store may be made by several runs at the same moment', async () => {
  const program = await bundleProgram('child-openings');
  const folder = temporaryFolder();
  const words = [program.file, folder, `${Date.now() + 1000}`, '150'];
  const children = [1, 2, 3].map(() => promisify(execFile)(process.execPath, words));
  const wrong = (await Promise.all(children)).flatMap(({ stdout }) => JSON.parse(stdout) as string[]);
  program.remove();
  expect(wrong).toEqual([]);
});
