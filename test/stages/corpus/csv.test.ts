import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import csv from '../../../stages/corpus/csv.ts';
import { parameters } from '../rig.ts';
import { failureOf, sourceContext, tree } from './tree.ts';

const classes = ['anger', 'sadness'];
const files = ['a.wav', 'b/c.flac', 'b/d, e.wav'];
const good = [
  'path,speaker,label,sentence,room',
  'b/c.flac,03,sadness,s1,A',
  'a.wav,3,anger,,',
  '"b/d, e.wav",x,"anger",s2,"1 ""B"""',
];

const folder = (lines: readonly string[]) => tree([...files, 'list.csv'], { 'list.csv': lines.join('\n') });
const list = (root: string, options: Record<string, unknown> = {}) =>
  Promise.resolve().then(() => csv.list(parameters(csv, { root, classes, ...options }), sourceContext));
const failure = async (lines: readonly string[], options: Record<string, unknown> = {}) =>
  failureOf(list(await folder(lines), options));

describe('corpus/csv', () => {
  it('keeps every value as text, extra columns too, in the order of the paths', async () => {
    const root = await folder(good);
    expect(await list(root)).toEqual([
      {
        columns: { id: 'a.wav', speaker: '3', label: 'anger', sentence: null, room: '' },
        files: { audio: join(root, 'a.wav') },
      },
      {
        columns: { id: 'b/c.flac', speaker: '03', label: 'sadness', sentence: 's1', room: 'A' },
        files: { audio: join(root, 'b/c.flac') },
      },
      {
        columns: { id: 'b/d, e.wav', speaker: 'x', label: 'anger', sentence: 's2', room: '1 "B"' },
        files: { audio: join(root, 'b/d, e.wav') },
      },
    ]);
  });

  it('reads what spreadsheets write: a byte order mark, CRLF, blank lines, backslashes', async () => {
    const lines = ['\uFEFFpath,speaker,label', 'a.wav,03,anger', '', 'b\\c.flac,04,sadness', ''].map(
      (line) => `${line}\r`,
    );
    const items = await list(await folder(lines));
    expect(items.map(({ columns }) => columns)).toEqual([
      { id: 'a.wav', speaker: '03', label: 'anger', sentence: null },
      { id: 'b/c.flac', speaker: '04', label: 'sadness', sentence: null },
    ]);
  });

  it('puts several labels into one class', async () => {
    const items = await list(await folder(good), { classes: { negative: ['anger', 'sadness'] } });
    expect(items.map(({ columns }) => columns.label)).toEqual(['negative', 'negative', 'negative']);
  });

  it('refuses a label in two classes', async () => {
    const error = await failure(good, { classes: { cold: ['sadness'], hot: ['anger', 'sadness'] } });
    expect(error.code).toBe('ambiguous-label');
  });

  it('refuses labels that no class covers, with their lines and the class that may be meant', async () => {
    const error = await failure(['path,speaker,label', 'a.wav,1,angre', 'b/c.flac,1,sadness', 'b/d.wav,1,fear']);
    expect(error.code).toBe('bad-list');
    expect(error.message).toContain('no class covers the label `angre`, did you mean `anger`? (line 2)');
    expect(error.message).toContain('no class covers the label `fear` (line 4)');
    expect(error.advice).toContain('`ignore`');
  });

  it('leaves out the labels that are to be ignored, whether their files are there or not', async () => {
    const lines = [...good.map((line) => line), 'gone.wav,1,fear,,', 'a2.wav,1,joy,,'];
    expect(await list(await folder(lines), { ignore: ['fear', 'joy'] })).toHaveLength(3);
  });

  it('names every row at fault', async () => {
    const error = await failure([
      'path,speaker,label',
      'a.wav,,anger',
      'a.wav,1,anger',
      'gone.wav,1,sadness',
      '../a.wav,1,sadness',
      '/etc/passwd,1,sadness',
      'b/gone.wav,1,',
      ',1,anger',
    ]);
    for (const fault of [
      'line 2 has no speaker',
      'a.wav is there twice (lines 2 and 3)',
      'there is no file gone.wav (line 4)',
      '../a.wav is not below',
      '/etc/passwd is not below',
      'line 7 has no label',
      'there is no file b/gone.wav (line 7)',
      'line 8 has no path',
    ]) {
      expect(error.message).toContain(fault);
    }
  });

  it('refuses a class without utterances and counts that differ', async () => {
    const error = await failure(good, { classes: [...classes, 'neutral'], expect: { utterances: 4, speakers: 2 } });
    expect(error.message).toContain('no utterance belongs to the class `neutral`');
    expect(error.message).toContain('3 utterances instead of the 4');
    expect(error.message).toContain('3 speakers instead of the 2');
  });

  it.each([
    {
      name: 'a header without a column',
      lines: ['path,label', 'a.wav,anger'],
      says: /lacks `speaker`/,
      advises: /path,speaker,label/,
    },
    {
      name: 'another separator',
      lines: ['path;speaker;label', 'a.wav;1;anger'],
      says: /separated by semicolons/,
      advises: /commas/,
    },
    {
      name: 'nothing',
      lines: [''],
      says: /lacks `path`, `speaker`, `label`; it has nothing/,
      advises: /header|first line/,
    },
    { name: 'a column twice', lines: ['path,speaker,label,label'], says: /`label` is there twice/, advises: /Rename/ },
    { name: 'a column id', lines: ['id,path,speaker,label'], says: /`id` is taken/, advises: /Rename/ },
    { name: 'a row too short', lines: ['path,speaker,label', 'a.wav,1'], says: /line 2/, advises: /as many fields/ },
    { name: 'an open quote', lines: ['path,speaker,label', '"a.wav,1,anger'], says: /[Qq]uote/, advises: /""/ },
  ])('refuses a list that is not one: $name', async ({ lines, says, advises }) => {
    const error = await failure(lines);
    expect(error.code).toBe('malformed-list');
    expect(error.message).toMatch(says);
    expect(error.advice).toMatch(advises);
  });

  it('refuses a list that is not UTF-8, and one that is not there', async () => {
    const root = await folder(good);
    await writeFile(join(root, 'list.csv'), Buffer.from('path,speaker,label\na.wav,M\xfcller,anger\n', 'latin1'));
    expect((await failureOf(list(root))).message).toContain('UTF-8');
    expect((await failureOf(list(root, { list: 'other.csv' }))).code).toBe('missing-list');
  });
});
