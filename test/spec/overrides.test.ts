import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pipeline } from '../../src/spec/index.ts';
import { createRig, type Rig } from './load.ts';

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

const text = `pipeline: demo
data: { emodb: corpus }
params: { scales: 32, seeds: [1, 2], names: &names { a: x } }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}", classes: "\${params.names}" } }
  audio: { uses: decode, needs: corpus }
  segments: { uses: segment, needs: audio, with: }
  scalogram: { uses: scalogram, needs: segments, with: { scales: "\${params.scales}" } }
  split: { uses: split, needs: corpus }
  model:
    uses: train
    needs: { features: scalogram, folds: split }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
    with: { seed: "\${matrix.seed}" }
`
  .replace('{ a: x }', '[x, y]')
  .replace(', with: }', ' }');

async function load(...overrides: readonly string[]): Promise<Pipeline> {
  return rig.pipeline(text, { overrides });
}
const faults = (...overrides: readonly string[]) => rig.faults(text, { overrides });

async function params(stage: string, ...overrides: readonly string[]) {
  const { stages } = await load(...overrides);
  return stages.find(({ name }) => name === stage)?.params({ fold: '03', seed: 1 });
}

describe('--set', () => {
  test('sets a parameter, as YAML', async () => {
    expect((await load('params.scales=64')).params).toMatchObject({ scales: 64 });
    expect((await load('params.seeds=[3, 4, 5]')).params).toMatchObject({ seeds: [3, 4, 5] });
    expect((await load('params.names=[a=b, "c: d"]')).params).toMatchObject({ names: ['a=b', 'c: d'] });
    expect((await load('params.seeds.1=9')).params).toMatchObject({ seeds: [1, 9] });
  });

  test('sets what a stage does not give yet, and its types check it', async () => {
    expect(await params('split', 'stages.split.with.protocol=random')).toEqual({ protocol: 'random' });
    expect(await params('model', 'stages.model.with.network.filters=[2]')).toMatchObject({ network: { filters: [2] } });
    expect((await load('stages.model.engine=wasm')).stages.find(({ name }) => name === 'model')?.engine).toBe('wasm');
    expect(await faults('stages.split.with.protocl=random')).toEqual([
      'unknown-parameter --set 1:1 stages.split.with.protocl',
    ]);
    expect(await faults('stages.split.protocol=random')).toEqual(['unknown-key --set 1:1 stages.split.protocol']);
  });

  test('lets the last of several win', async () => {
    expect((await load('params.scales=64', 'params.scales=16')).params).toMatchObject({ scales: 16 });
  });

  test('may refer to parameters', async () => {
    expect(await params('split', 'stages.split.with.protocol=k${params.scales}', 'params.scales=8')).toEqual({
      protocol: 'k8',
    });
  });

  test('keeps the overrides in the pipeline', async () => {
    expect((await load('params.scales=64')).overrides).toEqual(['params.scales=64']);
  });

  test('changes one of two stages that share a value by an alias', async () => {
    const shared =
      text.replace('needs: segments, with: {', 'needs: segments, with: &w {') +
      '  other: { uses: scalogram, needs: segments, with: *w }\n';
    const { stages } = await rig.pipeline(shared, { overrides: ['stages.other.with.scales=7'] });
    expect(stages.find(({ name }) => name === 'scalogram')?.params({})).toMatchObject({ scales: 32 });
    expect(stages.find(({ name }) => name === 'other')?.params({})).toMatchObject({ scales: 7 });
  });

  test.for([
    ['params.scaels=64', 'unknown-override --set 1:1 params.scaels'],
    ['scales=64', 'unknown-override --set 1:1 scales'],
    ['params.scales.x=64', 'unknown-override --set 1:1 params.scales.x'],
    ['params.seeds.2=64', 'unknown-override --set 1:1 params.seeds.2'],
    ['params.constructor=1', 'unknown-override --set 1:1 params.constructor'],
    ['params.__proto__.x=1', 'unknown-override --set 1:1 params.__proto__.x'],
    ['stages.modle.with.seed=64', 'unknown-override --set 1:1 stages.modle.with.seed'],
    ['stages.modle={}', 'unknown-override --set 1:1 stages.modle'],
    ['data.emodb=/x', 'unknown-override --set 1:1 data.emodb'],
    ['params.scales', 'bad-override --set 1:1 params.scales'],
    ['params.scales=', 'bad-override --set 1:1 params.scales'],
    ['=3', 'bad-override --set 1:1'],
    ['params.scales=03', 'leading-zero --set 1:15 03'],
    ['params.scales=[1', 'yaml-syntax --set 1:17'],
    ['params.scales=many', 'invalid-parameter --set 1:15 many'],
    ['params.scales=${params.scales}', 'parameter-cycle --set 1:15 ${params.scales}'],
    ['stages.model.matrix.seed=[]', 'empty-matrix --set 1:26 []'],
  ] as const)('%s is at fault', async ([override, fault]) => {
    expect(await faults(override)).toEqual([fault]);
  });

  test('says what was meant', async () => {
    const advice = async (override: string) => {
      const loaded = await rig.load(text, { overrides: [override] });
      return 'diagnostics' in loaded ? loaded.diagnostics[0]?.advice : undefined;
    };
    expect(await advice('params.scaels=64')).toBe('Did you mean `params.scales`?');
    expect(await advice('scales=64')).toBe('Did you mean `params.scales`?');
    expect(await advice('stages.modle.engine=wasm')).toBe('Did you mean `stages.model`?');
    expect(await advice('data.emodb=/x')).toBe('Write --data emodb=DIR.');
  });
});
