import { copyFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownerName } from '../../src/owner-name.ts';
import { type Outcome, pipeProgram, startMarked } from '../support/start-pipe.ts';
import type { ToyProject } from '../support/toy-project.ts';
import { createTinyRun, demoFile } from './tiny-run.ts';

let project: ToyProject;
beforeAll(async () => {
  project = await createTinyRun();
  for (const name of ['09a01Wb', '09a05Tb']) copyFileSync(demoFile(name), project.path(`${name}.flac`));
  project.write('bad.wav', 'no sound');
});
afterAll(() => project.remove());

/** A line of a shell in the project's folder, where `pipe` is ours. */
function shell(line: string): Promise<Outcome> {
  const pipe = `pipe() { '${process.execPath}' '${pipeProgram}' "$@"; }`;
  return startMarked(project.folder, ['sh', '-c', `${pipe}; ${line}`]).ended;
}

const lines = (text: string) => text.trimEnd().split('\n');

describe('pipe predict', () => {
  it('writes answers to standard output, and all else to standard error', async () => {
    const { exitCode, stdout, stderr } = await project.pipe(
      'predict',
      'tiny',
      '09a01Wb.flac',
      'bad.wav',
      '09a05Tb.flac',
    );
    expect(exitCode).toBe(3);
    const [header, ...rows] = lines(stdout);
    expect(header).toMatch(/^file +answer +anger +sadness +± SD +agree +segments$/);
    expect(rows.slice(0, 2).map((row) => row.split(' ')[0])).toEqual(['09a01Wb.flac', '09a05Tb.flac']);
    expect(stderr).toMatch(/^tiny\/\S+: the mean of 4 models \(2 fold x 2 seed\), computed by wasm/);
    expect(stderr).toContain('error[unknown-audio-format]: bad.wav: ');
    expect(stderr).toContain('1 of 3 files could not be used');
    expect(stdout + stderr).not.toContain('\u001b');
  });

  it('answers the others where a folder has no recording', async () => {
    project.write('empty/.keep', '');
    const { exitCode, stdout, stderr } = await project.pipe('predict', 'tiny', '09a01Wb.flac', 'empty');
    expect(stdout).toMatch(/^09a01Wb\.flac /m);
    expect(stderr).toContain('error[no-audio-files]: empty: ');
    expect(exitCode).toBe(3);
  });

  it('gives a table the columns of the classes where no file can be used', async () => {
    const { exitCode, stdout } = await project.pipe('predict', 'tiny', 'bad.wav', '--format', 'csv');
    expect(lines(stdout)[0]).toBe('file,answer,anger,sadness,deviation,agreement,models,segments,error');
    expect(exitCode).toBe(3);
  });

  it('refuses --json with another format', async () => {
    const { exitCode, stdout, stderr } = await project.pipe('predict', 'tiny', 'bad.wav', '--format', 'csv', '--json');
    expect(stdout + stderr).toContain('bad-format-option');
    expect(exitCode).toBe(2);
  });

  it('answers about a recording on standard input as about the file, and leaves no copy of it', async () => {
    project.write('tmp/.keep', '');
    // Of one that was killed.
    const dead = ownerName.replace(/^\d+-\d*-/, '999999999-5-');
    project.write(`tmp/pipe-predict-${dead}-abcdef/standard-input`, 'a voice');
    const [file, input] = await Promise.all([
      shell('pipe predict last 09a01Wb.flac --format csv'),
      shell('TMPDIR="$PWD/tmp" pipe predict last - --format csv < 09a01Wb.flac'),
    ]);
    expect(input.exitCode, input.stderr).toBe(0);
    expect(input.stdout).toBe(file.stdout.replace('09a01Wb.flac', '-'));
    expect(readdirSync(project.path('tmp'))).toEqual(['.keep']);
  });

  it('reads a list of files, and answers again from what is computed', async () => {
    const first = await shell("printf '09a05Tb.flac\\r\\n\\n09a01Wb.flac' | pipe predict last --files-from - --json");
    expect(first.exitCode, first.stderr).toBe(0);
    const rows = lines(first.stdout).map((line) => JSON.parse(line) as { type: string; file?: string });
    expect(rows.map(({ type, file }) => [type, file])).toEqual([
      ['run', undefined],
      ['file', '09a05Tb.flac'],
      ['file', '09a01Wb.flac'],
    ]);
    project.write('list.txt', '09a05Tb.flac\n09a01Wb.flac\n');
    expect((await shell('pipe predict last --files-from list.txt --json')).stdout).toBe(first.stdout);
  });

  it('may be read in part', async () => {
    const { exitCode, stdout, stderr } = await shell('pipe predict last . --segments --json | head -n 1');
    expect([exitCode, lines(stdout).length]).toEqual([0, 1]);
    expect(stderr).not.toContain('bug');
  });
});

describe('pipe predict refuses', () => {
  const refused = async (line: string) => {
    const { exitCode, stdout, stderr } = await shell(line);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/\n?help: /);
    const [, code] = /^error\[([a-z-]+)\]/m.exec(stderr) ?? [];
    return [code, exitCode];
  };

  it('what names no file', async () => {
    expect(await refused('pipe predict last')).toEqual(['no-files', 2]);
    expect(await refused('pipe predict last --files-from nowhere.txt')).toEqual(['unreadable-list', 3]);
    expect(await refused('pipe predict last - --files-from - < list.txt')).toEqual(['bad-files-option', 2]);
    expect(await refused('mkdir -p hollow; pipe predict last hollow')).toEqual(['no-audio-files', 3]);
  });

  it('what names no run', async () => {
    expect(await refused('pipe predict nope 09a01Wb.flac')).toEqual(['unknown-run', 2]);
    expect(await refused('pipe predict 09a01Wb.flac')).toEqual(['unknown-run', 2]);
    expect((await shell('pipe predict 09a01Wb.flac')).stderr).toContain('pipe predict last 09a01Wb.flac');
  });

  it('an unknown format', async () => {
    const { exitCode, stderr } = await shell('pipe predict last 09a01Wb.flac --format xml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('table, jsonl, csv');
  });
});
