import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRig, type Rig } from './load.ts';

let rig: Rig;
beforeAll(async () => (rig = await createRig()));
afterAll(() => rig.remove());

const pipelineWith = (model: string) => `pipeline: demo
data: { emodb: corpus }
params: { seeds: [1, 2], deep: 5 }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio: { uses: decode, needs: corpus }
  segments: { uses: segment, needs: audio }
  scalogram: { uses: scalogram, needs: { segments: segments } }
  split: { uses: split, needs: corpus }
  model:
    uses: train
    needs: { features: scalogram, folds: split }
    matrix: { fold: "\${split.folds}", seed: "\${params.seeds}" }
${model}
`;

describe('parameters that vary by an axis', () => {
  test('take the place of those in `with` where the axis has the value', async () => {
    const { stages } = await rig.pipeline(
      pipelineWith(`    with: { seed: "\${matrix.seed}", depth: 2 }
    vary:
      fold: { "03": { depth: "\${params.deep}", network: { filters: [1, 2] } }, "08": { depth: 4 } }
      seed: { 2: { fold: x } }`).replace('{ 2:', '{ "2":'),
    );
    const model = stages.find(({ name }) => name === 'model');
    expect(model?.params({ fold: '03', seed: 1 })).toMatchObject({ seed: 1, depth: 5, network: { filters: [1, 2] } });
    expect(model?.params({ fold: '08', seed: 1 })).toMatchObject({ seed: 1, depth: 4, network: { filters: [8, 16] } });
    expect(model?.params({ fold: '09', seed: 1 })).toMatchObject({ seed: 1, depth: 2 });
    expect(model?.params({ fold: '08', seed: 2 })).toMatchObject({ seed: 2, depth: 4, fold: 'x' });
  });

  test('are checked before the folds are known', async () => {
    const text = pipelineWith(`    with: { seed: "\${matrix.seed}" }
    vary:
      fold: { "03": { depth: 9 }, "08": { dpth: 4 } }`);
    expect(await rig.faults(text.replace(', deep: 5', ''))).toEqual([
      'invalid-parameter 16:30 9',
      'unknown-parameter 16:43 dpth',
    ]);
  });

  test('are of an axis and of values that the stage has', async () => {
    const text = pipelineWith(`    with: { seed: "\${matrix.seed}", depth: "\${params.deep}" }
    vary:
      sed: { "1": { depth: 4 } }
      seed: { "3": { depth: 4 } }`);
    expect(await rig.faults(text)).toEqual(['unknown-axis 16:7 sed', 'unknown-value 17:15 "3"']);
  });

  test('are a use of their axis', async () => {
    const text = `pipeline: demo
data: { emodb: corpus }
stages:
  corpus: { uses: corpus/emodb, with: { root: "\${data.emodb}" } }
  audio:
    uses: decode
    needs: corpus
    matrix: { kind: [a, b] }
    vary: { kind: { a: { sampleRate: 8000 } } }
`;
    expect(await rig.faults(text)).toEqual([]);
    expect(await rig.faults(text.replace('    vary: { kind: { a: { sampleRate: 8000 } } }\n', ''))).toEqual([
      'unused-axis 8:15 kind',
    ]);
  });
});
