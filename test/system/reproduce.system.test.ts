import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { leftAfter, pipeProgram, startMarked } from '../support/start-pipe.ts';
import { createToyProject } from '../support/toy-project.ts';

it('pipe reproduce leaves nothing when it is interrupted', async () => {
  const project = createToyProject('pipe-reproduce-');
  const temporary = mkdtempSync(join(tmpdir(), 'pipe-test-'));
  const scratch = () => readdirSync(temporary).filter((name) => name.startsWith('pipe-reproduce-'));
  try {
    project.edit(
      'pipeline.yaml',
      'with: { seed: "${matrix.seed}" }',
      'with: { seed: "${matrix.seed}", stepMilliseconds: 300 }',
    );
    expect((await project.run()).exitCode).toBe(0);
    mkdirSync(project.path('kept'));
    for (const keep of [[], ['--keep', project.path('kept')]]) {
      const words = ['env', `TMPDIR=${temporary}`, process.execPath, pipeProgram, 'reproduce', '--plain', ...keep];
      const { process: started, ended } = startMarked(project.folder, words);
      let output = '';
      started.stdout?.on('data', (text: string) => (output += text));
      const deadline = performance.now() + 300_000;
      while (!output.includes('model') && performance.now() < deadline) await sleep(20);
      expect(scratch()).toHaveLength(keep.length === 0 ? 1 : 0);
      started.kill('SIGINT');
      const { exitCode, stderr } = await ended;
      expect(stderr).toContain('error[reproduction-interrupted]');
      expect(exitCode).toBe(130);
      expect(scratch()).toEqual([]);
      expect(await leftAfter(project.folder)).toEqual([]);
    }
    expect(readdirSync(project.folder)).not.toContain('kept');
  } finally {
    rmSync(temporary, { recursive: true, force: true });
    project.remove();
  }
});
