import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.ts';
import { openCodeCache } from '../../src/plan/code-cache.ts';
import { createStageTypes } from '../../src/plan/stage-types.ts';
import type { Artifacts } from '../../src/report/artifacts.ts';
import { loadViews, stageFoldersOf } from '../../src/report/views.ts';
import { type Fact, indexFacts } from '../../src/plan/facts.ts';
import { type ArtifactType, type ArtifactValue, decodeArtifact, encodeArtifact } from '../../src/stage/index.ts';
import { encodeAttention } from '../../stages/predict/attention.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-views-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Artifacts by a digest that is a word. */
function artifactsOf(values: Readonly<Record<string, readonly [ArtifactType, ArtifactValue]>>): Artifacts {
  return {
    read(digest, type) {
      const [stored, value] = values[digest] ?? [];
      if (stored === undefined || value === undefined) return undefined;
      return decodeArtifact(type, encodeArtifact(stored, value));
    },
    close: () => Promise.resolve(),
  };
}

function factsOf(stages: readonly (readonly [stage: string, uses: string, points: readonly Point[]])[]) {
  const facts = stages.flatMap(([stage, uses, points]): Fact[] => [
    {
      type: 'stage',
      stage,
      uses,
      code: '',
      engine: undefined,
      points: points.map(({ point, params = {} }) => ({ point, params })),
    },
    ...points.map(({ task, outputs }): Fact => ({ type: 'task', task, key: '', inputs: {}, outputs })),
  ]);
  return indexFacts(facts);
}
interface Point {
  readonly point: Readonly<Record<string, string | number>>;
  readonly params?: Readonly<Record<string, number | string>>;
  readonly task: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const prediction = { unit: 'u1', cluster: 's', label: 'a', predicted: 'a', posteriors: [1] };
const load = (facts: ReturnType<typeof factsOf>, artifacts: Artifacts, stageFolders: readonly string[] = []) =>
  loadViews(facts, artifacts, { codeFolder: join(folder, 'code'), stageFolders });

test("the shipped stages show a unit's sound, segments, scalogram and attention on one time line", async () => {
  const scalogram = {
    frameSeconds: 0.025,
    frameOverlapSeconds: 0.01,
    minFrequency: 100,
    maxFrequency: 400,
    compress: 'log',
  };
  const facts = factsOf([
    ['audio', 'decode', [{ point: {}, task: 'audio u1', outputs: { audio: 'sound' } }]],
    ['segments', 'segment', [{ point: {}, task: 'segments u1', outputs: { segments: 'x', timing: 'timing' } }]],
    [
      'picture',
      'scalogram',
      [{ point: {}, params: scalogram, task: 'picture u1', outputs: { features: 'features', frames: 'x' } }],
    ],
    [
      'answers',
      'predict',
      [
        { point: { fold: 'A', seed: 1 }, task: 'answers fold=A seed=1', outputs: { attention: 'other' } },
        { point: { fold: 'B', seed: 1 }, task: 'answers fold=B seed=1', outputs: { attention: 'attention' } },
        { point: { fold: 'B', seed: 2 }, task: 'answers fold=B seed=2', outputs: { attention: 'wrong' } },
      ],
    ],
  ]);
  const weights = (...values: number[]) => ({ shape: [1, values.length], data: Float32Array.from(values) });
  const attention = (id: string, ...values: number[]) =>
    encodeAttention(4, [{ id, weights: weights(...values), segments: [1] }]);
  // [2 segments, 2 frames, 3 scales, 2 strips]
  const features = { shape: [2, 2, 3, 2], data: Float32Array.from({ length: 24 }, (_, index) => index) };
  const artifacts = artifactsOf({
    sound: ['waveform', { sampleRate: 16000, samples: Float32Array.of(0.5) }],
    timing: ['json', { sampleRate: 16000, validSamples: [16000, 8000], startSeconds: [0, 0.75] }],
    features: ['array', features],
    other: ['tensors', attention('u2', 1, 0)],
    attention: ['tensors', attention('u1', 0.25, 0.75)],
    wrong: ['tensors', attention('u1', 0.5, 0.5)],
  });
  const views = await load(facts, artifacts);
  const [audio, pieces, first, second, curve, ...more] = views.of(prediction, { seed: 1 });
  expect(more).toEqual([]);
  expect(audio).toMatchObject({ kind: 'audio', audio: { sampleRate: 16000 } });
  expect(pieces).toEqual({ kind: 'pieces', word: 'segment', startSeconds: [0, 0.75], realSeconds: [1, 0.5] });
  expect(first).toMatchObject({ kind: 'picture', piece: 0, quantity: 'Log magnitude' });
  // Frames of 25 ms every 15 ms: a column is 15 ms wide around the middle of its frame. Values are means over strips.
  if (second?.kind !== 'picture') return expect.fail('no picture');
  expect(second.values.map((column) => [...column])).toEqual([
    [12.5, 14.5, 16.5],
    [18.5, 20.5, 22.5],
  ]);
  expect([second.piece, second.stepSeconds, second.startSeconds].map((value) => Number(value.toFixed(9)))).toEqual([
    1, 0.015, 0.005,
  ]);
  expect(second.rows.centres.map((hertz) => Number(hertz.toFixed(6)))).toEqual([100, 200, 400]);
  expect(curve).toEqual({ kind: 'curve', title: 'Attention', piece: 1, edges: [0, 4, 8], values: [0.25, 0.75] });
  expect(views.faults.size).toBe(0);
});

test('what a unit was in another fold is not shown', async () => {
  const one = { shape: [1, 1], data: Float32Array.of(1) };
  const tensors = (id: string) => ['tensors', encodeAttention(8, [{ id, weights: one, segments: undefined }])] as const;
  const point = (fold: string) => ({ point: { fold }, task: `answers fold=${fold}`, outputs: { attention: fold } });
  const facts = factsOf([['answers', 'predict', [point('A'), point('B')]]]);
  const views = await load(facts, artifactsOf({ A: tensors('u1'), B: tensors('u2') }));
  expect(views.of({ ...prediction, fold: 'A' }, {})).toHaveLength(1);
  expect(views.of({ ...prediction, fold: 'B' }, {})).toEqual([]);
});

test('a stage without a view, or whose artifacts are gone, is left out', async () => {
  const facts = factsOf([
    ['level', 'normalise', [{ point: {}, task: 'level u1', outputs: { audio: 'sound' } }]],
    ['audio', 'decode', [{ point: {}, task: 'audio u1', outputs: { audio: 'gone' } }]],
  ]);
  const views = await load(facts, artifactsOf({}));
  expect(views.of(prediction, {})).toEqual([]);
  expect(views.faults.size).toBe(0);
});

test("a pipeline's own stage types have views too; one that fails or is none is named, and the others are shown", async () => {
  const own = join(folder, 'own');
  mkdirSync(own);
  const view = (body: string) => `export default { outputs: { a: 'json' }, view({ outputs, unit }) { ${body} } };`;
  writeFileSync(
    join(own, 'good.view.mjs'),
    view("return [{ kind: 'pieces', word: 'part', startSeconds: outputs.a, realSeconds: [] }];"),
  );
  writeFileSync(join(own, 'bad.view.mjs'), view("throw new Error('no ' + unit);"));
  writeFileSync(join(own, 'none.view.mjs'), 'export default 3;');
  const point = (task: string): Point => ({ point: {}, task: `${task} u1`, outputs: { a: 'json' } });
  const facts = factsOf(['bad', 'none', 'good'].map((name) => [name, name, [point(name)]] as const));
  const views = await load(facts, artifactsOf({ json: ['json', [1, 2]] }), [own]);
  expect(views.of(prediction, {})).toEqual([{ kind: 'pieces', word: 'part', startSeconds: [1, 2], realSeconds: [] }]);
  expect([...views.faults].join('\n')).toMatch(/view of `none` cannot be used.*\n.*view of `bad` failed: no u1/);
});

test('a record that names a file elsewhere does not make it run', async () => {
  mkdirSync(join(folder, 'own'));
  const evil = "throw new Error('was run'); export default { outputs: {}, view() { return []; } };";
  writeFileSync(join(folder, 'evil.view.mjs'), evil);
  const names = ['../evil', join(folder, 'evil'), 'a/../../evil'];
  mkdirSync(join(folder, 'own/a'));
  const facts = factsOf(names.map((uses, index) => [`stage${index}`, uses, []] as const));
  const views = await load(facts, artifactsOf({}), [join(folder, 'own')]);
  expect([...views.faults]).toEqual([]);
  // The file would be found, and tell on itself, by a name that is allowed.
  const named = await load(factsOf([['stage', 'evil', []]]), artifactsOf({}), [folder]);
  expect([...named.faults].join()).toContain('was run');
});

test('a view is no stage type, and no part of the code of its stage', async () => {
  const cache = openCodeCache(join(folder, 'code'));
  const names = await createStageTypes(cache).names([]);
  expect(names).toContain('predict');
  expect(names.filter((name) => name.includes('view'))).toEqual([]);
  const { bundle } = await cache.load(join(packageRoot, 'stages/scalogram.ts'), () => ({ facts: null, assets: [] }));
  expect(readFileSync(bundle, 'utf8')).not.toContain('Log magnitude');
});

test('the folders of own stage types are those of the recorded YAML, beside its file', () => {
  expect(stageFoldersOf('stageFolders: [mine, ../more]\n', '/project/pipelines/a.yaml')).toEqual([
    '/project/pipelines/mine',
    '/project/more',
  ]);
  expect(stageFoldersOf('pipeline: a', '/a.yaml')).toEqual([]);
  expect(stageFoldersOf('{ not yaml', '/a.yaml')).toEqual([]);
});
