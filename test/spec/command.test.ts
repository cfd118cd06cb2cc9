import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StageNode } from '../../src/spec/index.ts';
import { createRig, type Rig } from './load.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.write('tools/pitch.py', '');
  await rig.write('tools/data/table.txt', '');
  await rig.write('other/helper.py', '');
  await mkdir(join(rig.folder, 'empty'));
});
afterAll(() => rig.remove());

const pipeline = (parameters: string, rest = '') => `pipeline: demo
data: { emodb: corpus }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decode, needs: corpus }
  segments: { uses: segment, needs: audio }
  split: { uses: split, needs: corpus }
  pitch:
    uses: command
    with: ${parameters}
    ${rest || 'needs: audio'}
`;
const words = '[python3, tools/pitch.py, "${inputs.audio}", "${outputs.pitch}"]';
const files = 'inputs: { audio: waveform }, outputs: { pitch: array }';

async function pitch(parameters: string, rest?: string): Promise<StageNode> {
  const { stages } = await rig.pipeline(pipeline(parameters, rest));
  const found = stages.find(({ name }) => name === 'pitch');
  if (!found) throw new Error('there is no such stage');
  return found;
}
const faults = (parameters: string, rest?: string) => rig.faults(pipeline(parameters, rest));

describe('a command', () => {
  test('is a map stage with the inputs and outputs that it declares', async () => {
    const { type, needs } = await pitch(`{ command: ${words}, ${files} }`);
    expect(type).toMatchObject({
      name: 'command',
      kind: 'map',
      inputs: { audio: 'waveform' },
      outputs: { pitch: 'array' },
      columns: [],
    });
    expect(needs).toEqual({ audio: { stage: 'audio', output: 'audio' } });
  });

  test('is a reduce stage with `per: all`', async () => {
    const parameters = `{ command: [run, "\${inputs.a}", "\${inputs.f}", "\${outputs.o}"], per: all, columns: [speaker],
      inputs: { a: { items: { segments: array, timing: json } }, f: json }, outputs: { o: json } }`;
    const { type, needs } = await pitch(parameters, 'needs: { a: segments, f: split.folds }');
    expect(type).toMatchObject({
      kind: 'reduce',
      columns: ['speaker'],
      inputs: { a: { items: { segments: 'array', timing: 'json' } }, f: 'json' },
    });
    expect(needs).toEqual({ a: { stage: 'segments' }, f: { stage: 'split', output: 'folds' } });
  });

  test('names files of its code by where they lie in its folder', async () => {
    const found = (await pitch(`{ command: ${words}, ${files} }`)).params({});
    expect(found).toEqual({
      command: ['python3', '${code}/pitch.py', '${inputs.audio}', '${outputs.pitch}'],
      code: join(rig.folder, 'tools'),
      inputs: { audio: 'waveform' },
      outputs: { pitch: 'array' },
      per: 'item',
      columns: [],
    });
  });

  test('takes its code from the folder that it names', async () => {
    const command = (list: string, code: string) =>
      pitch(`{ command: [${list}, "\${inputs.audio}", "\${outputs.pitch}"], ${code} ${files} }`);
    const first = async (list: string, code = '') => {
      const { command: found, code: folder } = (await command(list, code)).params({});
      return [Array.isArray(found) ? found.slice(0, -2) : found, folder];
    };
    expect(await first('run, tools/pitch.py, tools/data/table.txt')).toEqual([
      ['run', '${code}/pitch.py', '${code}/data/table.txt'],
      join(rig.folder, 'tools'),
    ]);
    expect(await first('run, "${code}/x.py"', 'code: other,')).toEqual([
      ['run', '${code}/x.py'],
      join(rig.folder, 'other'),
    ]);
    expect(await first('run, tools/pitch.py', 'code: .,')).toEqual([['run', '${code}/tools/pitch.py'], rig.folder]);
    // Programs of the machine are not code of the pipeline.
    expect(await first('/bin/sh, -c, ls')).toEqual([['/bin/sh', '-c', 'ls'], undefined]);
  });

  test('may use parameters and its matrix in its words', async () => {
    const list =
      '[python3, tools/pitch.py, "--seed=${matrix.seed}", "${matrix.seed}", "$${HOME}", "${inputs.audio}", "${outputs.pitch}"]';
    const { params } = await pitch(`{ command: ${list}, ${files} }`, 'needs: audio\n    matrix: { seed: [1, 2] }');
    // An escape stays one, as the words are expanded once more where they run.
    expect(params({ seed: 2 })['command']).toEqual([
      'python3',
      '${code}/pitch.py',
      '--seed=2',
      '2',
      '$${HOME}',
      '${inputs.audio}',
      '${outputs.pitch}',
    ]);
  });

  test('keeps a parameter that looks like a reference as text', async () => {
    const text = `${pipeline(`{ command: [tools/pitch.py, "\${params.text}", "\${inputs.audio}", "\${outputs.pitch}"], ${files} }`)}params: { text: "$\${code}" }\n`;
    const { stages } = await rig.pipeline(text);
    expect(stages.find(({ name }) => name === 'pitch')?.params({})['command']).toContain('$${code}');
  });

  test.for([
    ['no outputs', `{ command: [run] }`, ['missing-parameter 10:5 with']],
    ['no words', `{ command: [], ${files} }`, ['invalid-parameter 10:22 []']],
    [
      'a number among the words',
      `{ command: [run, 3, "\${inputs.audio}", "\${outputs.pitch}"], ${files} }`,
      ['invalid-parameter 10:28 3'],
    ],
    [
      'a type that is none',
      `{ command: ${words}, inputs: { audio: wav }, outputs: { pitch: array } }`,
      ['invalid-parameter 10:105 wav'],
    ],
    [
      'an input that no word names',
      `{ command: [tools/pitch.py, "\${outputs.pitch}"], ${files} }`,
      ['unused-file 10:70 audio'],
    ],
    [
      'an output that no word names',
      `{ command: [tools/pitch.py, "\${inputs.audio}"], ${files} }`,
      ['unused-file 10:99 pitch'],
    ],
    [
      'a file that is none',
      `{ command: [tools/pitch.py, "\${inputs.adio}", "\${inputs.audio}", "\${outputs.pitch}"], ${files} }`,
      ['unknown-reference 10:40 ${inputs.adio}'],
    ],
    [
      'code where there is none',
      `{ command: [run, "\${code}", "\${inputs.audio}", "\${outputs.pitch}"], ${files} }`,
      ['code-folder-missing'],
    ],
    ['code that is no folder', `{ command: ${words}, code: nowhere, ${files} }`, ['code-folder-missing 10:94 nowhere']],
    [
      'items for each item',
      `{ command: ${words}, inputs: { audio: { items: waveform } }, outputs: { pitch: array } }`,
      ['bad-command'],
    ],
    ['columns for each item', `{ command: ${words}, columns: [speaker], ${files} }`, ['bad-command 10:88 columns']],
    [
      'one for all where there is one for each',
      `{ command: ${words}, per: all, ${files} }`,
      ['one-expected 11:12 audio'],
    ],
    [
      'data folders',
      `{ command: ["\${data.emodb}", "\${inputs.audio}", "\${outputs.pitch}"], ${files} }`,
      ['data-outside-source 10:24 ${data.emodb}'],
    ],
  ] as const)('%s: is at fault', async ([, parameters, expected]) => {
    const found = await faults(parameters);
    for (const fault of expected) expect(found.join('\n')).toContain(fault);
  });
});
