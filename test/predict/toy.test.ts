import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

/** Stage types that know nothing of speech: texts whose mean letter is compared with what was learned. */
const stages: Readonly<Record<string, string>> = {
  'texts-at': `
import { Type, defineSource } from 'pipe/stage';
export default defineSource({
  name: 'texts-at', description: 'Texts', kind: 'source',
  params: Type.Object({ paths: Type.Array(Type.String()) }),
  outputs: { text: 'file' },
  roles: { unit: 'id', cluster: 'speaker', label: 'label' },
  list: ({ paths }) => Promise.resolve(paths.map((path) => ({ columns: { id: path, speaker: null, label: null }, files: { text: path } }))),
});`,
  guess: `
import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'guess', description: 'Tests', kind: 'reduce',
  params: Type.Object({}), columns: ['id'],
  inputs: { model: 'tensors', values: { items: 'json' }, folds: 'json' },
  parts: { input: 'folds', axis: 'fold', use: ['test'] },
  outputs: { answers: 'json' },
  onNewData: { source: 'texts-at', stage: 'guess-new' },
  run: ({ values }) => ({ answers: values.length }),
});`,
  'guess-new': `
import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'guess-new', description: 'Answers', kind: 'reduce',
  params: Type.Object({}),
  inputs: {
    model: { each: 'tensors' },
    values: { items: 'json' },
    codes: { items: { codes: 'array' }, optional: true },
    nowhere: { items: { nowhere: 'waveform' }, optional: true },
  },
  outputs: { answers: 'json' },
  async run({ model, values, codes, nowhere }) {
    if (nowhere !== undefined) throw new Error('nothing gives this');
    const items = [];
    for (const [index, row] of values.entries()) {
      const value = await row.read();
      if (value === 7) {
        items.push({ fault: { code: 'lucky-number', message: 'is 7', advice: null } });
        continue;
      }
      const letters = (await codes[index].read()).codes.shape[0];
      items.push({ predicted: 'x', posteriors: [value, letters], deviations: null, agreement: 1, segments: [] });
    }
    return { answers: { classes: ['x', 'y'], notes: model.map(({ point }) => JSON.stringify(point)), items } };
  },
});`,
};

const pipeline = `pipeline: toy
data: { texts: texts }
stageFolders: [stages]
stages:
  corpus: { uses: letters, with: { root: "\${data.texts}" } }
  codes: { uses: measure, needs: { text: corpus }, matrix: { gain: [1, 2] }, with: { gain: "\${matrix.gain}" } }
  means: { uses: mean, needs: { codes: codes }, matrix: same-as codes }
  split: { uses: folds, needs: { items: corpus } }
  model:
    uses: fit
    needs: { values: means, folds: split }
    matrix: { fold: "\${split.folds}", gain: same-as codes }
    with: { seed: 1, steps: 1 }
  answers:
    uses: guess
    needs: { model: model, values: means, folds: split }
    matrix: same-as model
`;

let project: ToyProject;
beforeAll(async () => {
  project = createToyProject('pipe-toy-predict-');
  for (const [name, code] of Object.entries(stages)) project.write(join('stages', `${name}.ts`), code);
  project.write('pipeline.yaml', pipeline);
  const { exitCode, stdout, stderr } = await project.pipe('run', 'pipeline.yaml');
  expect(exitCode, stdout + stderr).toBe(0);
  project.write('new.txt', 'abc');
  project.write('other.txt', 'POISON');
});
afterAll(() => project.remove());

const predict = async (...words: string[]) => {
  const { stdout, ...rest } = await project.pipe('predict', 'last', ...words, '--json');
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { ...rest, rows };
};

/** The mean letter of a text in capitals, as `measure` and `mean` make it. */
const meanOf = (text: string, gain: number) =>
  Math.round(
    (gain * Array.from(text.toUpperCase()).reduce((sum, letter) => sum + letter.charCodeAt(0), 0)) / text.length,
  );

describe('any run of stages that say what stands in for them', () => {
  it('answers about new data with the preprocessing that the models had', async () => {
    for (const gain of [1, 2]) {
      const { exitCode, rows } = await predict('new.txt', '--model', `gain=${gain}`);
      expect(exitCode).toBe(0);
      expect(rows[0]).toMatchObject({ notes: ['01', '02', '03'].map((fold) => JSON.stringify({ fold, gain })) });
      expect(rows[1]).toMatchObject({ file: 'new.txt', posteriors: { x: meanOf('abc', gain), y: 3 } });
    }
  });

  it('must be told which of several preprocessings to take', async () => {
    const { exitCode, rows } = await predict('new.txt');
    expect(exitCode).toBe(2);
    expect(rows[0]).toMatchObject({ type: 'error', code: 'several-preprocessings' });
    expect(String(rows[0]?.advice)).toContain("--model 'gain=1'");
  });

  it('tells a fault of the preprocessing as one of the file', async () => {
    const { exitCode, rows, stderr } = await predict('other.txt', 'new.txt', '--model', 'gain=1');
    expect(exitCode).toBe(3);
    expect(rows.map(({ type, file, code }) => [type, file, code])).toEqual([
      ['run', undefined, undefined],
      ['file', 'new.txt', undefined],
      ['error', 'other.txt', 'poisoned'],
    ]);
    expect(stderr).toContain('error[poisoned]: other.txt: the text is poisoned');
  });

  it('tells what the answering stage finds wrong with a file', async () => {
    project.write('seven.txt', '\u0007');
    const { exitCode, rows } = await predict('seven.txt', 'new.txt', '--model', 'gain=1');
    expect(exitCode).toBe(3);
    expect(rows[2]).toMatchObject({ type: 'error', file: 'seven.txt', code: 'lucky-number' });
  });

  it('trains nothing, whatever has become of the data that it was trained on', async () => {
    project.write('texts/01-a-1.txt', 'quite another text');
    project.write('texts/misnamed.txt', '');
    const { exitCode, rows, stderr } = await predict('new.txt', '--model', 'gain=1 fold=02');
    expect(exitCode, stderr).toBe(0);
    expect(rows[0]).toMatchObject({ notes: ['{"fold":"02","gain":1}'] });
  });
});
