import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PipeError } from '../../src/errors.ts';
import { loadPipeline, specError, type Memory, type Pipeline, type StageNode } from '../../src/spec/index.ts';
import { fakeStageTypes } from './fake-stage-types.ts';
import { createRig, summary, type Rig } from './load.ts';

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

const demo = `# A comment
pipeline: demo
data: { emodb: corpus }
params:
  scales: 32
  seeds: [1, 2]
  depth: "\${params.network.depth}"
  network: { depth: 4, filters: [4, "\${params.scales}"] }
stages:
  scores: { uses: evaluate, needs: answers }
  answers:
    uses: predict
    needs: { model: model, features: scalogram, folds: split.folds }
    matrix: same-as model
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decode, needs: corpus, timeout: 2.5, retries: 3, isolate: process }
  segments: { uses: segment, needs: audio }
  scalogram: { uses: scalogram, needs: { segments: segments }, with: { scales: "\${params.scales}" } }
  split: { uses: split, needs: corpus, with: { protocol: "scales-\${params.scales}-$\${x}" } }
  model:
    uses: train
    needs: { features: scalogram, folds: split }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
    with: { seed: "\${matrix.seed}", depth: "\${params.depth}", network: { filters: "\${params.network.filters}" } }
    engine: wasm
`;

function stage({ stages }: Pipeline, name: string): StageNode {
  const found = stages.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no stage ${name}`);
  return found;
}

describe('a pipeline', () => {
  test('has its stages after those that they need', async () => {
    const { name, stages } = await rig.pipeline(demo);
    const names = stages.map((node) => node.name);
    expect(name).toBe('demo');
    expect([...names].sort()).toEqual([
      'answers',
      'audio',
      'corpus',
      'model',
      'scalogram',
      'scores',
      'segments',
      'split',
    ]);
    for (const node of stages) {
      for (const binding of Object.values(node.needs))
        expect(names.indexOf(binding.stage)).toBeLessThan(names.indexOf(node.name));
    }
  });

  test('binds inputs to outputs: by name, by the only fitting type, or as several', async () => {
    const pipeline = await rig.pipeline(demo);
    expect(stage(pipeline, 'audio').needs).toEqual({ audio: { stage: 'corpus', output: 'audio' } });
    expect(stage(pipeline, 'answers').needs).toEqual({
      model: { stage: 'model' },
      features: { stage: 'scalogram' },
      folds: { stage: 'split', output: 'folds' },
    });
    expect(stage(pipeline, 'split').needs).toEqual({ items: { stage: 'corpus' } });
    expect(stage(pipeline, 'scores').needs).toEqual({ answers: { stage: 'answers', output: 'answers' } });
  });

  test('follows `same-as`, wherever the other stage stands', async () => {
    const pipeline = await rig.pipeline(demo);
    expect(stage(pipeline, 'answers').matrix).toEqual({
      fold: { kind: 'artifact', stage: 'split', output: 'folds' },
      seed: { kind: 'values', values: [1, 2] },
    });
    expect(stage(pipeline, 'scores').matrix).toEqual({});
  });

  test('has parameters with their types, defaults and references', async () => {
    const pipeline = await rig.pipeline(demo);
    expect(pipeline.params).toEqual({ scales: 32, seeds: [1, 2], depth: 4, network: { depth: 4, filters: [4, 32] } });
    expect(stage(pipeline, 'corpus').params({})).toEqual({
      root: join(rig.folder, 'corpus'),
      classes: ['anger', 'neutral'],
    });
    expect(stage(pipeline, 'split').params({})).toEqual({ protocol: 'scales-32-${x}' });
    expect(stage(pipeline, 'model').params({ fold: '03', seed: 2 })).toEqual({
      seed: 2,
      depth: 4,
      network: { filters: [4, 32] },
      optimiser: { kind: 'adam', rate: 0.001 },
    });
  });

  test('gives a stage what stands beside its parameters', async () => {
    const pipeline = await rig.pipeline(demo);
    expect(stage(pipeline, 'audio')).toMatchObject({ engine: 'auto', timeoutSeconds: 2.5, retries: 3, isolate: true });
    expect(stage(pipeline, 'segments')).toMatchObject({ engine: 'auto', retries: 0, isolate: false });
    expect(stage(pipeline, 'segments')).not.toHaveProperty('timeoutSeconds');
    expect(stage(pipeline, 'model')).toMatchObject({ engine: 'wasm', isolate: true });
  });

  test('takes another engine for all its stages', async () => {
    expect(stage(await rig.pipeline(demo, { engine: 'tensorflow' }), 'model').engine).toBe('tensorflow');
    expect(await rig.faults(demo, { engine: 'tensorflwo' })).toEqual(['unknown-engine']);
  });

  test('takes the engine that `auto` stands for where it says `auto` or nothing, unless another is asked for', async () => {
    const engineOf = async (name: string, options: Parameters<Rig['pipeline']>[1], text = demo) =>
      stage(await rig.pipeline(text, options), name).engine;
    const auto = 'webgpu';
    expect(await engineOf('answers', { auto })).toBe('webgpu');
    expect(await engineOf('model', { auto }, demo.replace('engine: wasm', 'engine: auto'))).toBe('webgpu');
    expect(await engineOf('model', { auto })).toBe('wasm');
    expect(await engineOf('answers', { auto, engine: 'tensorflow' })).toBe('tensorflow');
    expect(await engineOf('model', { auto, engine: 'auto' })).toBe('webgpu');
    expect(await engineOf('answers', {})).toBe('auto');
  });

  test('knows where a parameter got its value', async () => {
    const place = (pipeline: Pipeline, name: string, path: readonly string[]) =>
      summary({ code: '', message: '', place: stage(pipeline, name).place(path) }, demo).trim();
    const pipeline = await rig.pipeline(demo);
    expect(place(pipeline, 'scalogram', ['with', 'scales'])).toBe('5:11 32');
    expect(place(pipeline, 'model', ['with', 'depth'])).toBe('8:21 4');
    expect(place(pipeline, 'model', ['with', 'network', 'filters', '0'])).toBe('8:34 4');
    expect(place(pipeline, 'model', ['with', 'seed'])).toBe('6:10 [1, 2]');
    expect(place(pipeline, 'model', ['with', 'optimiser', 'rate'])).toBe('24:5 with');
    expect(place(pipeline, 'segments', ['with', 'seconds'])).toBe('17:3 segments');
    const changed = await rig.pipeline(demo, { overrides: ['params.network.depth=5'] });
    expect(place(changed, 'model', ['with', 'depth'])).toBe('--set 1:22 5');
  });

  test('refuses a matrix value that does not fit when it comes to it', async () => {
    const pipeline = await rig.pipeline(
      demo.replace('seed: "${matrix.seed}"', 'seed: "${matrix.seed}", fold: "${matrix.fold}"'),
    );
    const { params } = stage(pipeline, 'model');
    expect(params({ fold: '03', seed: 1 })).toMatchObject({ fold: '03' });
    expect(() => params({ fold: '003', seed: 1 })).toThrow(PipeError);
    try {
      params({ fold: 3, seed: 1 });
    } catch (error) {
      expect(error).toMatchObject({
        code: 'invalid-parameter',
        exitCode: 2,
        message: expect.stringContaining('fold 3, seed 1') as string,
      });
    }
  });

  test('is the same whatever the comments and the order of keys', async () => {
    const other = demo
      .replace('# A comment\n', '')
      .replace('{ depth: 4, filters: [4, "${params.scales}"] }', '{ filters: [4, "${params.scales}"], depth: 4 } # x');
    const [a, b] = [await rig.pipeline(demo), await rig.pipeline(other)];
    const point = { fold: '03', seed: 1 };
    expect(b.stages.map((node) => [node.name, node.params(point)])).toEqual(
      a.stages.map((node) => [node.name, node.params(point)]),
    );
  });

  test('finds the folders of its own stage types beside it', async () => {
    await mkdir(join(rig.folder, 'mine'), { recursive: true });
    expect((await rig.pipeline(`${demo}stageFolders: [mine]\n`)).stageFolders).toEqual([join(rig.folder, 'mine')]);
  });
});

describe('a broken stage type', () => {
  test('is told at the place that uses it', async () => {
    const file = await rig.write('broken.yaml', demo);
    const broken = new PipeError('not-a-stage', 'It has no default export.', { exitCode: 2 });
    const options = { overrides: [], data: {}, environment: {}, workingFolder: rig.folder };
    const loaded = await loadPipeline(file, options, {
      ...fakeStageTypes,
      find: (name, folders) => (name === 'decode' ? Promise.reject(broken) : fakeStageTypes.find(name, folders)),
    });
    expect('diagnostics' in loaded && loaded.diagnostics.map((diagnostic) => summary(diagnostic, demo))).toEqual([
      'not-a-stage 16:18 decode',
    ]);
  });
});

describe('a file that cannot be read', () => {
  const code = async (file: string) => {
    const loaded = await loadPipeline(
      file,
      { overrides: [], data: {}, environment: {}, workingFolder: rig.folder },
      fakeStageTypes,
    );
    return 'diagnostics' in loaded ? loaded.diagnostics : [];
  };

  test('is missing, with the nearest name', async () => {
    await rig.write('experiments/emodb.yaml', demo);
    expect(await code('experiments/emobd.yaml')).toMatchObject([
      { code: 'spec-missing', advice: expect.stringContaining('emodb.yaml') as string },
    ]);
    expect(await code('experiments/emodb')).toMatchObject([
      { code: 'spec-missing', advice: expect.stringContaining('emodb.yaml') as string },
    ]);
    expect(await code('nowhere/emodb.yaml')).toMatchObject([{ code: 'spec-missing' }]);
    expect(await code('experiments/emodb.yaml/x.yaml')).toMatchObject([{ code: 'spec-missing' }]);
  });

  test('is a folder, a device, too large or no text', async () => {
    await rig.write('folder/a.yaml', demo);
    expect(await code('folder')).toMatchObject([
      { code: 'spec-is-folder', advice: expect.stringContaining('a.yaml') as string },
    ]);
    expect(await code('/dev/zero')).toMatchObject([{ code: 'spec-unreadable' }]);
    expect(await code(await rig.write('large.yaml', Buffer.alloc(10_000_000, 'a')))).toMatchObject([
      { code: 'spec-too-large' },
    ]);
    expect(await code(await rig.write('latin.yaml', Buffer.from([0x70, 0xe4, 0x3a])))).toMatchObject([
      { code: 'spec-not-text' },
    ]);
    expect(await code(`${'a'.repeat(300)}.yaml`)).toMatchObject([{ code: 'spec-unreadable' }]);
  });

  test('may begin with a byte order mark', async () => {
    expect((await rig.pipeline(`\uFEFF${demo}`)).name).toBe('demo');
  });
});

describe('one error for all', () => {
  test('has the code of the only one, or tells how many there are', async () => {
    const one = await rig.load(demo.replace('pipeline: demo', 'pipeline: Demo'));
    expect('diagnostics' in one && specError('demo.yaml', one.diagnostics)).toMatchObject({
      code: 'wrong-type',
      exitCode: 2,
    });
    const two = await rig.load(demo.replace('pipeline: demo', 'pipeline: Demo').replace('uses: decode', 'uses: x'));
    expect('diagnostics' in two && specError('demo.yaml', two.diagnostics)).toMatchObject({
      code: 'invalid-pipeline',
      exitCode: 2,
      message: 'There are 2 errors in demo.yaml.',
    });
  });

  test('is about data when nothing else is missing', async () => {
    const loaded = await rig.load(demo.replace('emodb: corpus', 'emodb: ~'));
    expect('diagnostics' in loaded && specError('demo.yaml', loaded.diagnostics)).toMatchObject({
      code: 'data-folder-missing',
      exitCode: 3,
    });
  });
});

describe('with a memory', () => {
  function countingMemory(): Memory & { readonly counts: { asked: number; kept: number } } {
    const kept = new Map<string, string>();
    const counts = { asked: 0, kept: 0 };
    return {
      counts,
      recall: (name) => (counts.asked++, kept.get(name)),
      remember: (name, value) => {
        counts.kept++;
        kept.set(name, value);
      },
    };
  }
  const facts = (pipeline: Pipeline) => [
    pipeline.params,
    pipeline.stages.map((node) => [
      node.name,
      node.needs,
      node.matrix,
      node.params({ fold: '03', seed: 1 }),
      node.place(['with', 'scales']),
    ]),
  ];

  test('a pipeline is the same, and is not checked again', async () => {
    const memory = countingMemory();
    const first = await rig.pipeline(demo, { memory });
    const keptAtFirst = memory.counts.kept;
    const second = await rig.pipeline(demo, { memory });
    expect(facts(second)).toEqual(facts(first));
    expect(facts(second)).toEqual(facts(await rig.pipeline(demo)));
    expect(keptAtFirst).toBeGreaterThan(0);
    expect(memory.counts.kept).toBe(keptAtFirst);
  });

  test('mistakes are told every time', async () => {
    const memory = countingMemory();
    const text = demo.replace('scales: 32', 'scales: 03').replace('depth: 4', 'depth: 40');
    const first = await rig.faults(text, { memory });
    expect(first).toHaveLength(2);
    expect(await rig.faults(text, { memory })).toEqual(first);
  });
});
