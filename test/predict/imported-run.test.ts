import { copyFileSync, mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createTinyRun, demoFile } from './tiny-run.ts';

it('a run that was exported and imported elsewhere answers as it did', async () => {
  const project = await createTinyRun();
  try {
    copyFileSync(demoFile('09a01Wb'), project.path('09a01Wb.flac'));
    mkdirSync(project.path('other'));
    const answer = (...words: string[]) => project.pipe('predict', 'tiny', '09a01Wb.flac', '--format', 'csv', ...words);
    const before = await answer();
    expect(before.exitCode, before.stderr).toBe(0);
    const exported = await project.pipe('export', 'tiny', '-o', 'tiny.tar.gz');
    expect(exported.exitCode, exported.stderr).toBe(0);
    const imported = await project.pipe('import', 'tiny.tar.gz', '--workspace', 'other');
    expect(imported.exitCode, imported.stderr).toBe(0);
    const after = await answer('--workspace', 'other');
    expect(after.exitCode, after.stderr).toBe(0);
    expect(after.stdout).toBe(before.stdout);
    const reproduced = await project.pipe('reproduce', 'tiny', '--workspace', 'other', '--json');
    expect(reproduced.exitCode, reproduced.stdout + reproduced.stderr).toBe(0);
  } finally {
    project.remove();
  }
});
