import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, utimesSync } from 'node:fs';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { createProject } from '../support/toy-project.ts';

test.each([['gc'], ['fsck'], ['import', 'none.pipe']])(
  'processes of a run that was killed with its reaper end when `%s` is the first to find it',
  async (...words) => {
    const project = createProject('pipe-leftovers-');
    const run = `leftovers-${process.pid}-${words[0]}`;
    const orphan = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      env: { ...process.env, PIPE_RUN: run },
      stdio: 'ignore',
    });
    const ended = once(orphan, 'exit');
    onTestFinished(() => {
      orphan.kill('SIGKILL');
      project.remove();
    });
    await once(orphan, 'spawn');
    expect((await project.pipe('gc')).exitCode).toBe(0);
    mkdirSync(project.path('artifacts/runs'), { recursive: true });
    project.write(`artifacts/runs/${run}`, '');
    // It has not shown itself for longer than a minute.
    utimesSync(project.path('artifacts/runs', run), 1, 1);
    await project.pipe(...words);
    expect(await ended).toEqual([null, 'SIGKILL']);
  },
  10_000,
);
