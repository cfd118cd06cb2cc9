import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LoadOptions } from '../../src/spec/index.ts';
import { createRig, type Rig } from './load.ts';

let rig: Rig;
beforeEach(async () => {
  rig = await createRig();
  for (const name of ['given', 'variable', 'local', 'home/own'])
    await mkdir(join(rig.folder, name), { recursive: true });
});
afterEach(() => rig.remove());

const pipeline = (data: string) => `pipeline: demo
data: { emo-db: ${data} }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emo-db}" } }
`;

async function root(data: string, options: Partial<LoadOptions> = {}): Promise<unknown> {
  const { stages } = await rig.pipeline(pipeline(data), options);
  return stages[0]?.params({})['root'];
}

describe('a data folder', () => {
  test('comes from --data, then the environment, then .pipe/data.yaml, then the pipeline', async () => {
    const all = { data: { 'emo-db': 'given' }, environment: { PIPE_DATA_EMO_DB: 'variable' } };
    expect(await root('corpus')).toBe(join(rig.folder, 'corpus'));
    await rig.write('.pipe/data.yaml', 'emo-db: local\nother: 5 # of another pipeline\n'.replace('5', 'x'));
    expect(await root('corpus')).toBe(join(rig.folder, 'local'));
    expect(await root('corpus', { environment: all.environment })).toBe(join(rig.folder, 'variable'));
    expect(await root('corpus', all)).toBe(join(rig.folder, 'given'));
  });

  test('is relative to the pipeline in the pipeline, and to the working folder elsewhere', async () => {
    const text = pipeline('corpus');
    const workingFolder = join(rig.folder, 'home');
    expect((await rig.pipeline(text, { workingFolder })).data).toEqual({ 'emo-db': join(rig.folder, 'corpus') });
    expect((await rig.pipeline(text, { workingFolder, data: { 'emo-db': 'own' } })).data).toEqual({
      'emo-db': join(workingFolder, 'own'),
    });
  });

  test('may begin with ~', async () => {
    const environment = { HOME: join(rig.folder, 'home') };
    expect(await root('~', { environment, data: { 'emo-db': '~/own' } })).toBe(join(rig.folder, 'home/own'));
    expect(await root('"~"', { environment })).toBe(join(rig.folder, 'home'));
  });

  test('is not given by an empty variable', async () => {
    expect(await root('corpus', { environment: { PIPE_DATA_EMO_DB: '' } })).toBe(join(rig.folder, 'corpus'));
  });

  test('that was not given is told with the three ways to give it', async () => {
    const loaded = await rig.load(pipeline('~'));
    const [diagnostic] = 'diagnostics' in loaded ? loaded.diagnostics : [];
    expect(diagnostic).toMatchObject({ code: 'data-folder-missing' });
    expect(diagnostic?.advice).toMatch(/--data emo-db=DIR.*PIPE_DATA_EMO_DB=DIR.*\.pipe\/data\.yaml/);
  });

  test('that does not exist, or is a file, is told', async () => {
    expect(await rig.faults(pipeline('nowhere'))).toEqual(['data-folder-not-found 2:17 nowhere']);
    expect(await rig.faults(pipeline('spec.yaml'))).toEqual(['data-folder-not-found 2:17 spec.yaml']);
    expect(await rig.faults(pipeline('~'), { data: { 'emo-db': 'nowhere' } })).toEqual([
      'data-folder-not-found 2:17 ~',
    ]);
  });

  test('that no stage uses need not exist', async () => {
    expect(
      await rig.faults(pipeline('corpus').replace('emo-db: corpus', 'emo-db: corpus, other: ~, third: nowhere')),
    ).toEqual([]);
  });

  test('that the pipeline does not name is told', async () => {
    expect(await rig.faults(pipeline('corpus'), { data: { emodb: 'given' } })).toEqual(['unknown-data']);
    expect(await rig.faults(pipeline('corpus'), { data: { constructor: 'given' } })).toEqual(['unknown-data']);
  });
});

describe('.pipe/data.yaml', () => {
  test('at fault is told', async () => {
    const codes = async (content: string) => {
      await rig.write('.pipe/data.yaml', content);
      const loaded = await rig.load(pipeline('corpus'));
      return 'diagnostics' in loaded
        ? loaded.diagnostics.map(({ code, place }) => [code, place?.file, place?.start])
        : [];
    };
    const file = join(rig.folder, '.pipe', 'data.yaml');
    expect(await codes('- local\n')).toEqual([['wrong-type', file, 0]]);
    expect(await codes('emo-db: 5\n')).toEqual([['wrong-type', file, 0]]);
    expect(await codes('emo-db: [\n')).toMatchObject([['yaml-syntax', file, expect.any(Number)]]);
    expect(await codes('')).toEqual([]);
    expect(await codes('# nothing\n')).toEqual([]);
  });
});
