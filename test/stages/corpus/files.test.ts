import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { getuid, seteuid } from 'node:process';
import { describe, expect, test } from 'vitest';
import files from '../../../stages/corpus/files.ts';
import { failureOf, sourceContext, tree } from './tree.ts';

const list = (...paths: string[]) => files.list({ paths }, sourceContext);

/** Paths below the root, in the order of the list. */
async function listed(root: string, ...paths: string[]): Promise<string[]> {
  const items = await list(...paths.map((path) => join(root, path)));
  return items.map(({ columns }) => columns.id.slice(root.length + 1));
}

describe('a folder', () => {
  test('stands for all WAV and FLAC files in it and below it, by path', async () => {
    const root = await tree(['b.flac', 'a.wav', 'c/d/e.WAV', 'c/a.wav', 'notes.txt', 'c/f.mp3']);
    expect(await listed(root, '')).toEqual(['a.wav', 'b.flac', 'c/a.wav', 'c/d/e.WAV']);
  });

  test('without any is an error that names it', async () => {
    const root = await tree(['notes.txt', 'full/a.wav']);
    mkdirSync(join(root, 'empty'));
    const failure = await failureOf(list(join(root, 'full'), join(root, 'empty')));
    expect(failure.code).toBe('no-audio-files');
    expect(failure.message).toContain(join(root, 'empty'));
  });

  test('hidden files in it are passed over, but one that is named is not', async () => {
    const root = await tree(['a.wav', '.b.wav', '.cache/c.wav']);
    expect(await listed(root, '')).toEqual(['a.wav']);
    expect(await listed(root, '.b.wav', '.cache')).toEqual(['.b.wav', '.cache/c.wav']);
  });

  test('links are followed, into each folder once', async () => {
    const root = await tree(['in/a.wav', 'other/b.wav']);
    symlinkSync('..', join(root, 'in/loop'));
    symlinkSync('../other/b.wav', join(root, 'in/link.wav'));
    expect(await listed(root, 'in')).toEqual(['in/a.wav', 'in/link.wav', 'in/loop/other/b.wav']);
  });

  test('a link to nothing is listed, for whoever opens it to tell', async () => {
    const root = await tree(['a.wav']);
    symlinkSync('nowhere.wav', join(root, 'b.wav'));
    expect(await listed(root, '')).toEqual(['a.wav', 'b.wav']);
  });

  test('that cannot be read is an error, and below another one it is listed, for whoever opens it to tell', async () => {
    const root = await tree(['closed/a.wav', 'b.wav']);
    const closed = join(root, 'closed');
    chmodSync(root, 0o755);
    chmodSync(closed, 0);
    // Root may read all there is.
    const isRoot = getuid?.() === 0;
    if (isRoot) seteuid?.(65_534);
    try {
      expect((await failureOf(list(closed))).code).toBe('unreadable-folder');
      expect(await listed(root, '')).toEqual(['b.wav', 'closed']);
    } finally {
      if (isRoot) seteuid?.(0);
      chmodSync(closed, 0o700);
    }
  });
});

describe('a file', () => {
  test('that is named is listed whatever it is called, and whether it is there or not', async () => {
    const root = await tree(['a', 'b.mp3']);
    expect(await listed(root, 'b.mp3', 'a', 'missing.wav')).toEqual(['b.mp3', 'a', 'missing.wav']);
  });

  test('that is named twice, or in a folder too, is listed once', async () => {
    const root = await tree(['x/a.wav', 'x/b.wav']);
    expect(await listed(root, 'x/b.wav', 'x', 'x/../x/b.wav')).toEqual(['x/b.wav', 'x/a.wav']);
  });

  test('with a name that another one has in another folder is a recording of its own', async () => {
    const root = await tree(['x/a.wav', 'y/z.wav']);
    linkSync(join(root, 'x/a.wav'), join(root, 'y/a.wav'));
    expect(await listed(root, 'y', 'x')).toEqual(['y/a.wav', 'y/z.wav', 'x/a.wav']);
  });

  test('of it nothing is known', async () => {
    const root = await tree(['a.wav']);
    const [item] = await list(join(root, 'a.wav'));
    expect(item).toEqual({
      columns: { id: join(root, 'a.wav'), speaker: null, label: null, sentence: null },
      files: { audio: join(root, 'a.wav') },
    });
  });
});
