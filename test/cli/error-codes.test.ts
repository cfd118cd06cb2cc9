import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { filesBelow } from '../support/toy-project.ts';

/** Where an error is made, its code stands first, or behind the place or the reason. */
const errorCode =
  /\b(?:PipeError|DataError|usageError|installError|dataProblem|findings\.add|failed)\(\s*(?:[\w.]+,\s*)?'([a-z]+(?:-[a-z]+)+)',/g;

it('docs/errors.md has every error code', () => {
  const sources = ['src', 'stages'].flatMap((folder) => filesBelow(join(packageRoot, folder)));
  const codes = sources
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => Array.from(readFileSync(file, 'utf8').matchAll(errorCode), ([, code]) => code ?? ''));
  const documented = readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8');
  expect(new Set(codes).size).toBeGreaterThan(80);
  expect([...new Set(codes)].filter((code) => !documented.includes(`\`${code}\``))).toEqual([]);
});
