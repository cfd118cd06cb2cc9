import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCodeCache } from '../../src/plan/code-cache.ts';
import { createStageTypes, type LoadedStageTypes } from '../../src/plan/stage-types.ts';
import { loadPipeline } from '../../src/spec/index.ts';
import emodb from '../../stages/corpus/emodb.ts';

const root = join(import.meta.dirname, '../..');
let folder = '';
let types: LoadedStageTypes;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipe-pipelines-'));
  types = createStageTypes(openCodeCache(join(folder, 'code')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(name: string, overrides: readonly string[] = []) {
  const options = { overrides, data: name === 'demo' ? {} : { [name]: folder }, environment: {}, workingFolder: root };
  const loaded = await loadPipeline(join(root, 'pipelines', `${name}.yaml`), options, types);
  if ('diagnostics' in loaded) throw new Error(loaded.diagnostics.map(({ message }) => message).join('\n'));
  return loaded.pipeline;
}

const paperStages = [
  ['corpus', 'audio', 'levelled', 'speech', 'segments', 'scalogram'],
  ['split', 'model', 'answers', 'scores', 'summary'],
].flat();

describe('the pipelines that come with the project', () => {
  it.each(['demo', 'emodb', 'savee', 'ravdess'])('%s.yaml is right and goes from speech to a summary', async (name) => {
    const pipeline = await load(name);
    expect(pipeline.name).toBe(name);
    expect(pipeline.stages.map((stage) => stage.name).sort()).toEqual([...paperStages].sort());
  });

  it.each(['emodb', 'savee', 'ravdess'])('%s.yaml takes the changes that it describes', async (name) => {
    await load(name, ['params.seeds=[1]', 'params.epochs=5']);
    await load(name, ['params.protocol=random', 'params.development=fraction', 'stages.split.with.splits=5']);
    await load(name, ['params.permuteLabels=within-speaker']);
    await load(name, ['params.development=speaker', 'stages.model.with.patience=5']);
  });

  it('demo.yaml takes the changes that it describes', async () => {
    await load('demo', ['params.epochs=20', 'params.scales=32', 'params.permuteLabels=within-speaker']);
  });

  it('demo.yaml finds its 80 utterances: 5 speakers, 4 of each emotion', async () => {
    const pipeline = await load('demo');
    const corpus = pipeline.stages.find((stage) => stage.name === 'corpus');
    const params = corpus?.params({}) as Parameters<typeof emodb.list>[0];
    const items = await emodb.list(params, { log: () => undefined });
    const counts = new Map<string, number>();
    for (const { columns } of items) {
      const group = `${String(columns.speaker)} ${String(columns.label)}`;
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect(items).toHaveLength(80);
    expect(counts.size).toBe(20);
    expect(new Set(counts.values())).toEqual(new Set([4]));
  });
});
