import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeIndexFile } from '../../src/experiment/index-file.ts';
import { newRunId, openRecorder } from '../../src/experiment/index.ts';
import type { Pipeline } from '../../src/spec/types.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-leftovers-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const longAgo = (path: string) => utimesSync(path, 1, 1);

it('a record removes what killed runs left aside, and not what stands aside now', async () => {
  const home = join(root, 'small');
  const [killed, now] = ['.20260101-000000-0ff12345', '.20260102-000000-0ff12345'];
  for (const name of [killed, now, '.mine']) mkdirSync(join(home, name), { recursive: true });
  writeFileSync(join(home, killed, 'run.json'), '{}');
  longAgo(join(home, killed));
  longAgo(join(home, '.mine'));
  const pipeline: Pipeline = {
    ...{ name: 'small', file: '/small.yaml', text: '', overrides: [], data: {}, params: {} },
    ...{ stageFolders: [], stages: [] },
  };
  const run = newRunId();
  await openRecorder(root, pipeline, run).close({ graph: undefined });
  expect(readdirSync(home).sort()).toEqual(['.20260102-000000-0ff12345', '.mine', run]);
});

it('an index removes what killed processes left of one', () => {
  const [killed, now] = ['.index.17.tmp', '.index.18.tmp'];
  for (const name of [killed, now]) writeFileSync(join(root, name), '');
  longAgo(join(root, killed));
  writeIndexFile(join(root, '.index'), []);
  expect(readdirSync(root).sort()).toEqual(['.index', now]);
});
