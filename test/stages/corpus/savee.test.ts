import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import savee from '../../../stages/corpus/savee.ts';
import { parameters } from '../rig.ts';
import { countBy, failureOf, sharedTree, sourceContext, tree } from './tree.ts';

/** SAVEE's 480 names: 15 of each emotion a speaker, of neutral 30. */
const names = ['DC', 'JE', 'JK', 'KL'].flatMap((speaker) =>
  ['a', 'd', 'f', 'h', 'n', 'sa', 'su'].flatMap((emotion) =>
    Array.from({ length: emotion === 'n' ? 30 : 15 }, (_, index) => ({
      speaker,
      code: emotion + String(index + 1).padStart(2, '0'),
    })),
  ),
);
const inFolders = names.map(({ speaker, code }) => `AudioData/${speaker}/${code}.wav`);
const flat = names.map(({ speaker, code }) => `${speaker}_${code}.wav`);
const all = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise'];

const list = (root: string, options: Record<string, unknown> = {}) =>
  Promise.resolve().then(() => savee.list(parameters(savee, { root, ...options }), sourceContext));

describe('corpus/savee', () => {
  const [folders, flatFolder] = [sharedTree(inFolders), sharedTree(flat)];

  it('reads the four emotions of the paper: 60, 60, 60 and 120 utterances of 4 men', async () => {
    const items = await list(folders());
    expect(countBy(items, 'label')).toEqual({ anger: 60, sadness: 60, happiness: 60, neutral: 120 });
    expect(countBy(items, 'speaker')).toEqual({ DC: 75, JE: 75, JK: 75, KL: 75 });
  });

  it('reads all 480 utterances, and gives the same items for every layout', async () => {
    const columns = async (root: string) => (await list(root, { classes: all })).map((item) => item.columns);
    const expected = await columns(folders());
    expect(expected).toHaveLength(480);
    expect(await columns(flatFolder())).toEqual(expected);
    expect(await columns(join(folders(), 'AudioData'))).toEqual(expected);
    const parent = await tree(['Info.txt']);
    await symlink(flatFolder(), join(parent, 'AudioData'));
    expect(await columns(parent)).toEqual(expected);
  });

  it('tells sadness from surprise', async () => {
    const items = await list(flatFolder(), { classes: ['sadness', 'surprise'] });
    expect(items.find(({ columns }) => columns.id === 'JK/su07')?.columns).toEqual({
      id: 'JK/su07',
      speaker: 'JK',
      label: 'surprise',
      sentence: 'su07',
      gender: 'male',
    });
    expect(countBy(items, 'label')).toEqual({ sadness: 60, surprise: 60 });
  });

  it('names every missing, misnamed and doubled file', async () => {
    const files = inFolders.filter((name) => !name.endsWith('KL/n30.wav'));
    const error = await failureOf(list(await tree([...files, 'AudioData/KL/n31.wav', 'DC_a01.wav', 'XY_a01.wav'])));
    expect(error.message).toContain('missing (1): KL/n30');
    expect(error.message).toContain('misnamed (2): AudioData/KL/n31.wav, XY_a01.wav');
    expect(error.message).toContain('AudioData/DC/a01.wav = DC_a01.wav');
  });

  it('refuses a corpus without one of its speakers', async () => {
    const error = await failureOf(list(await tree(flat.filter((name) => !name.startsWith('JE')))));
    expect(error.message).toContain('speaker JE has no utterance');
  });
});
