import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import ravdess from '../../../stages/corpus/ravdess.ts';
import { parameters } from '../rig.ts';
import { countBy, failureOf, sharedTree, sourceContext, tree } from './tree.ts';

/** The 1440 names of RAVDESS's speech: neutral (01) has no strong intensity. */
const names = Array.from({ length: 24 }, (_, index) => String(index + 1).padStart(2, '0')).flatMap((actor) =>
  ['01', '02', '03', '04', '05', '06', '07', '08'].flatMap((emotion) =>
    ['01', '02'].flatMap((intensity) =>
      emotion === '01' && intensity === '02'
        ? []
        : ['01-01', '01-02', '02-01', '02-02'].map((rest) => `03-01-${emotion}-${intensity}-${rest}-${actor}.wav`),
    ),
  ),
);
const actorOf = (name: string) => name.slice(18, 20);
const inFolders = names.map((name) => `Actor_${actorOf(name)}/${name}`);
const all = ['anger', 'calm', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise'];

const list = (root: string, options: Record<string, unknown> = {}) =>
  Promise.resolve().then(() => ravdess.list(parameters(ravdess, { root, ...options }), sourceContext));

describe('corpus/ravdess', () => {
  const whole = sharedTree(inFolders);

  it('reads the men alone when asked to: 96 of each emotion, 48 neutral', async () => {
    const items = await list(whole(), { gender: 'male' });
    expect(countBy(items, 'label')).toEqual({ anger: 96, sadness: 96, happiness: 96, neutral: 48 });
    expect(Object.keys(countBy(items, 'speaker')).sort()).toEqual([
      '01',
      '03',
      '05',
      '07',
      '09',
      '11',
      '13',
      '15',
      '17',
      '19',
      '21',
      '23',
    ]);
  });

  it('reads all 1440 utterances, and gives the same items for every layout', async () => {
    const columns = async (root: string) => (await list(root, { classes: all })).map((item) => item.columns);
    const expected = await columns(whole());
    expect(expected).toHaveLength(1440);
    expect(await columns(await tree(names))).toEqual(expected);
    const parent = await tree(['README.txt']);
    await symlink(whole(), join(parent, 'Audio_Speech_Actors_01-24'));
    expect(await columns(parent)).toEqual(expected);
  });

  it('describes an utterance', async () => {
    const items = await list(whole());
    expect(items.find(({ columns }) => columns.id === '03-01-05-02-01-02-08')?.columns).toEqual({
      id: '03-01-05-02-01-02-08',
      speaker: '08',
      label: 'anger',
      sentence: '01',
      intensity: 'strong',
      repetition: '02',
      gender: 'female',
    });
  });

  it('passes over songs', async () => {
    const songs = ['Actor_01/03-02-05-01-01-01-01.wav', 'Actor_02/03-02-01-01-01-01-02.wav'];
    const root = await tree([...inFolders.slice(0, 60), ...songs]);
    expect(await list(root, { speakers: ['01'] })).toHaveLength(28);
  });

  it('names every missing and misnamed file, and one in another actor’s folder', async () => {
    const files = inFolders.filter((name) => name.startsWith('Actor_03') && !name.endsWith('03-01-05-01-01-01-03.wav'));
    const root = await tree([...files, 'Actor_04/03-01-05-01-01-01-03.wav', 'Actor_01/03-01-01-02-01-01-01.wav']);
    const error = await failureOf(list(root, { speakers: ['03'] }));
    expect(error.message).toContain('missing (1): 03-01-05-01-01-01-03');
    expect(error.message).toContain(
      'misnamed (2): Actor_01/03-01-01-02-01-01-01.wav, Actor_04/03-01-05-01-01-01-03.wav',
    );
  });

  it('accepts a few files when they are expected', async () => {
    const few = [
      '03-01-01-01-01-01-11',
      '03-01-02-01-02-02-05',
      '03-01-03-01-02-01-07',
      '03-01-04-01-02-02-09',
      '03-01-05-02-01-01-03',
    ];
    const root = await tree(few.map((name) => `${name}.wav`));
    expect(await list(root, { expect: { utterances: 4, speakers: 4 } })).toHaveLength(4);
    expect((await failureOf(list(root))).message).toContain('missing (668)');
  });
});
