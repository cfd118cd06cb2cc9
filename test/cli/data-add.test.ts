import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noteFolder } from '../../src/cli/commands/data-file.ts';
import { createProject } from '../support/toy-project.ts';

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pipe-data-add-'));
  file = join(root, '.pipe', 'data.yaml');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

describe('the lines of .pipe/data.yaml', () => {
  it('stay when another is noted', async () => {
    write(file, '# Mine.\none: /one\n');
    await noteFolder(file, 'two', '/two');
    await noteFolder(file, 'one', '/other');
    expect(readFileSync(file, 'utf8')).toBe('# Mine.\none: /other\ntwo: /two\n');
    expect(readdirSync(dirname(file))).toEqual(['data.yaml']);
  });

  it('stay when another process notes them at the same moment', async () => {
    write(file, 'one: /one\n');
    write(`${file}.lock`, 'another process');
    const noted = noteFolder(file, 'three', '/three', { patience: 60_000 });
    write(file, 'one: /one\ntwo: /two\n');
    rmSync(`${file}.lock`);
    await noted;
    expect(readFileSync(file, 'utf8')).toBe('one: /one\ntwo: /two\nthree: /three\n');
  });

  it('can be noted though a process was killed that had the right to', async () => {
    write(`${file}.lock`, 'a killed process');
    await noteFolder(file, 'one', '/one', { patience: 30 });
    expect(readFileSync(file, 'utf8')).toBe('one: /one\n');
    expect(readdirSync(dirname(file))).toEqual(['data.yaml']);
  });

  it.each([
    ['a folder in the place of the file', (path: string) => mkdirSync(path, { recursive: true }), 'bad-data-file'],
    ['a list', (path: string) => write(path, '- one\n'), 'bad-data-file'],
    ['a file in the place of its folder', (path: string) => write(dirname(path), ''), 'data-file-not-writable'],
  ])('are not touched where there is %s', async (_, prepare, code) => {
    prepare(file);
    await expect(noteFolder(file, 'one', '/one')).rejects.toMatchObject({ name: 'PipeError', code });
  });
});

it('`pipe data add` several times at once notes all folders', async () => {
  const project = createProject('pipe-data-add-');
  const names = ['a', 'b', 'c', 'd'];
  const outcomes = await Promise.all(names.map((name) => project.pipe('data', 'add', name, '.')));
  expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(names.map(() => [0, '']));
  const lines = project.read('.pipe/data.yaml').trimEnd().split('\n');
  expect(lines.sort()).toEqual(names.map((name) => `${name}: ${project.folder}`));
  project.remove();
});
