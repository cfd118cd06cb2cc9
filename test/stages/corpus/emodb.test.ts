import { readFileSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import emodb from '../../../stages/corpus/emodb.ts';
import { parameters } from '../rig.ts';
import { countBy, failureOf, sourceContext, tree } from './tree.ts';

/** As published: the names of all 535 files. */
const names = readFileSync(new URL('../../fixtures/corpus/emodb-names.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const ofTheFour = names.filter((name) => /^.{5}[WTFN]/.test(name));
const all = ['anger', 'boredom', 'disgust', 'fear', 'happiness', 'neutral', 'sadness'];

const list = (root: string, options: Record<string, unknown> = {}) =>
  Promise.resolve().then(() => emodb.list(parameters(emodb, { root, ...options }), sourceContext));

describe('corpus/emodb', () => {
  it('reads the 339 utterances of the four emotions', async () => {
    const items = await list(await tree(ofTheFour.map((name) => `${name}.flac`)));
    expect(items).toHaveLength(339);
    expect(countBy(items, 'label')).toEqual({ anger: 127, happiness: 71, neutral: 79, sadness: 62 });
    expect(Object.keys(countBy(items, 'speaker')).sort()).toEqual([
      '03',
      '08',
      '09',
      '10',
      '11',
      '12',
      '13',
      '14',
      '15',
      '16',
    ]);
  });

  it('reads all seven emotions', async () => {
    const items = await list(await tree(names.map((name) => `${name}.wav`)), { classes: all });
    expect(items).toHaveLength(535);
    expect(countBy(items, 'label')).toMatchObject({ boredom: 81, disgust: 46, fear: 69 });
  });

  it('describes an utterance', async () => {
    const root = await tree(ofTheFour.map((name) => `wav/${name}.wav`));
    const items = await list(root);
    expect(items.find(({ columns }) => columns.id === '16b10Tb')).toEqual({
      columns: { id: '16b10Tb', speaker: '16', label: 'sadness', sentence: 'b10', version: 'b', gender: 'female' },
      files: { audio: join(root, 'wav/16b10Tb.wav') },
    });
  });

  it('gives the same items for every layout and format', async () => {
    const columns = async (files: string[]) => (await list(await tree(files))).map((item) => item.columns);
    const flat = await columns(ofTheFour.map((name) => `${name}.wav`));
    expect(await columns(names.map((name) => `wav/${name}.flac`))).toEqual(flat);
    expect(
      await columns([...ofTheFour.map((name) => `${name}.WAV`), 'info.txt', '._03a01Fa.wav', 'silb/x.wav']),
    ).toEqual(flat);
    expect(flat.map(({ id }) => id)).toEqual([...ofTheFour].sort());
  });

  it('follows links', async () => {
    const root = await tree(ofTheFour.map((name) => `${name}.wav`));
    await rename(join(root, '03a01Fa.wav'), join(root, 'elsewhere'));
    await symlink(join(root, 'elsewhere'), join(root, '03a01Fa.wav'));
    expect(await list(root)).toHaveLength(339);
  });

  it('names every missing, misnamed and doubled file at once', async () => {
    const kept = ofTheFour.filter((name) => name !== '03a01Wa' && name !== '16b10Tb');
    const error = await failureOf(
      list(await tree([...kept.map((name) => `${name}.wav`), '03a01wa.wav', 'Copy of 16b10Tb.wav', '08a01Na.flac'])),
    );
    expect(error.code).toBe('corpus-contract');
    expect(error.message).toContain('missing (2): 03a01Wa, 16b10Tb');
    expect(error.message).toContain('misnamed (2): 03a01wa.wav, Copy of 16b10Tb.wav');
    expect(error.message).toContain('more than once (1): 08a01Na.flac = 08a01Na.wav');
    expect(error.advice).toContain('expect: { utterances: 337, speakers: 10 }');
  });

  it('refuses a corpus without one of its speakers, and says which', async () => {
    const files = ofTheFour.filter((name) => !name.startsWith('12')).map((name) => `${name}.wav`);
    const error = await failureOf(list(await tree(files)));
    expect(error.message).toContain('speaker 12 has no utterance');
    expect(error.message).toContain('missing (22): 12a01Fb');
  });

  it('refuses a corpus without a class', async () => {
    const files = ofTheFour.filter((name) => name.charAt(5) !== 'T').map((name) => `${name}.wav`);
    const error = await failureOf(list(await tree(files), { expect: { utterances: 277 } }));
    expect(error.message).toContain('class sadness has no utterance');
  });

  it('reads the speakers asked for', async () => {
    const items = await list(await tree(names.map((name) => `${name}.wav`)), { speakers: ['12', '03'] });
    expect(countBy(items, 'speaker')).toEqual({ '03': 39, '12': 22 });
  });

  it('accepts a part of the corpus of the size expected, and no other', async () => {
    const part = ofTheFour.filter((name) => name.startsWith('03')).map((name) => `${name}.wav`);
    const root = await tree(part);
    expect(await list(root, { expect: { utterances: 39, speakers: 1 } })).toHaveLength(39);
    const error = await failureOf(list(root, { expect: { utterances: 40, speakers: 2 } }));
    expect(error.message).toContain('39 utterances instead of the 40');
    expect(error.message).toContain('1 speakers instead of the 2');
  });

  it('says what is wrong with a folder', async () => {
    const root = await tree(['notes.txt']);
    expect((await failureOf(list(join(root, 'nowhere')))).code).toBe('missing-folder');
    expect((await failureOf(list(join(root, 'notes.txt')))).code).toBe('not-a-folder');
    const empty = await failureOf(list(root));
    expect(empty.code).toBe('empty-corpus');
    expect(empty.advice).toContain('wav/');
    await symlink(join(root, 'gone'), join(root, '03a01Fa.wav'));
    expect((await failureOf(list(root))).code).toBe('broken-link');
  });

  it('refuses classes and speakers that it does not have', async () => {
    const root = await tree(['03a01Fa.wav']);
    await writeFile(join(root, '03a01Fa.wav'), '');
    await expect(list(root, { classes: ['angre'] })).rejects.toThrow();
    await expect(list(root, { speakers: ['3'] })).rejects.toThrow();
  });
});
