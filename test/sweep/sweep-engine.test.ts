import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { seal } from '../../src/experiment/seal.ts';
import { errorsOf, gridBlock, projectWith } from './project.ts';

test('a sweep goes on with the engine that `auto` stood for when it began, whatever is installed now', async () => {
  const project = projectWith(
    gridBlock.replace('[3, 4, 5]', '[3]').replace('speaker }', 'speaker, params.seeds: [1] }'),
  );
  project.edit('stages/learn.ts', "kind: 'reduce',", "kind: 'reduce',\n  engine: true,");
  vi.stubEnv('PIPE_ENGINES', project.path('engines'));
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await project.sweep()).toMatchObject({ exitCode: 0, stderr: '' });
  const { folder, record } = project.record();
  expect(record.auto).toBe('wasm');
  // As if another one had been installed then.
  writeFileSync(join(folder, 'sweep.json'), JSON.stringify(seal({ ...record, auto: 'webgpu' })));
  const refused = await project.sweep();
  expect(refused.exitCode).toBe(4);
  expect(errorsOf(refused)).toMatchObject([{ code: 'engine-not-installed' }]);
  expect(project.record().record.auto).toBe('webgpu');
  expect((await project.sweep('--new')).exitCode).toBe(0);
  expect(project.record().record.auto).toBe('wasm');
});
