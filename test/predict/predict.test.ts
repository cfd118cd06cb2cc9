import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PipeError } from '../../src/errors.ts';
import { newRunId } from '../../src/experiment/index.ts';
import { openRun } from '../../src/experiment/find-runs.ts';
import { type PredictOptions, type Predictions, predict } from '../../src/predict/index.ts';
import { openWorkspace } from '../../src/run/index.ts';
import type { MatrixPoint } from '../../src/stage/index.ts';
import type { Answers } from '../../stages/evaluate/answers.ts';
import { type ToyProject, createProject, filesBelow } from '../support/toy-project.ts';
import { speechSamples } from '../support/speech-project.ts';
import { wavFile } from '../support/wav.ts';
import { createTinyRun, demoFile, demoFolder } from './tiny-run.ts';

let project: ToyProject;
beforeAll(async () => {
  project = await createTinyRun();
});
afterAll(() => project.remove());

type Given = Partial<Omit<PredictOptions, 'paths'>> & { readonly folder?: string; readonly run?: string };

async function answer(paths: readonly string[], given: Given = {}): Promise<Predictions> {
  const { folder = project.folder, run = 'last', ...options } = given;
  const workspace = await openWorkspace(join(folder, 'artifacts'), { runId: newRunId() });
  try {
    return await predict(openRun(join(folder, 'experiments'), run), workspace, {
      paths,
      engine: 'wasm',
      jobs: 2,
      allowChangedCode: false,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...options,
    });
  } finally {
    await workspace.store.close();
  }
}

/** A copy of the project's record, that a test may spoil; with the store, or with links into it. */
function copyOfProject(): ToyProject {
  const copy = createProject('pipe-predict-');
  onTestFinished(() => copy.remove());
  cpSync(project.folder, copy.folder, { recursive: true });
  return copy;
}

const recordOf = (folder: string): string => {
  const runs = join(folder, 'experiments/tiny');
  return join(runs, readdirSync(runs)[0] ?? '');
};

/** What the run itself recorded. */
async function recordedAnswers({ fold, seed }: MatrixPoint): Promise<Answers> {
  const { stdout } = await project.pipe('show', 'last', 'answers', `fold=${fold}`, `seed=${seed}`, '--json');
  const { outputs } = JSON.parse(stdout) as { outputs: { name: string; value: unknown }[] };
  return outputs.find(({ name }) => name === 'answers')?.value as Answers;
}

/** The largest difference between the run's own posteriors of its test utterances and those given to the same files. */
async function largestDifference(point: MatrixPoint): Promise<number> {
  const { utterances } = await recordedAnswers(point);
  expect(utterances).toHaveLength(8);
  const { predictions } = await answer(
    utterances.map(({ id }) => demoFile(id)),
    { model: `fold=${point.fold} seed=${point.seed}` },
  );
  const differences = utterances.flatMap(({ segments }, index) => {
    const found = predictions[index]?.answer.segments ?? [];
    expect(found).toHaveLength(segments.length);
    return segments.flatMap((posteriors, segment) =>
      posteriors.map((posterior, at) => Math.abs(posterior - (found[segment]?.posteriors[at] ?? NaN))),
    );
  });
  return Math.max(...differences);
}

describe('the answers', () => {
  it('are those that the run recorded, for the test utterances of a fold by its model', async () => {
    expect(await largestDifference({ fold: '03', seed: 1 })).toBeLessThanOrEqual(1e-5);
    expect(await largestDifference({ fold: '08', seed: 2 })).toBeLessThanOrEqual(1e-5);
  });

  it('of a run are the mean over all of its models, and say how far they are apart', async () => {
    const paths = [demoFile('03a01Wa')];
    const all = await answer(paths);
    expect(all.models).toHaveLength(4);
    const single = await Promise.all(
      all.models.map(async ({ fold, seed }) => {
        const { predictions } = await answer(paths, { model: `seed=${seed} fold=${fold}` });
        return predictions[0]?.answer.posteriors[0] ?? NaN;
      }),
    );
    const mean = single.reduce((sum, value) => sum + value, 0) / 4;
    const squares = single.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    expect(all.predictions[0]?.answer.posteriors[0]).toBeCloseTo(mean, 7);
    expect(all.predictions[0]?.answer.deviations?.[0]).toBeCloseTo(Math.sqrt(squares / 3), 7);
  });

  it('by one value of an axis are those of all models that have it', async () => {
    const { models } = await answer([demoFile('03a01Wa')], { model: 'seed=2' });
    expect(models).toEqual([
      { fold: '03', seed: 2 },
      { fold: '08', seed: 2 },
    ]);
  });

  it('are in the order of the files, whatever they are called, and know the times in the file', async () => {
    const folder = project.path('new');
    mkdirSync(folder, { recursive: true });
    copyFileSync(demoFile('08a01Wa'), join(folder, 'z'));
    copyFileSync(demoFile('03a01Wa'), join(folder, 'a.wav'));
    const { predictions, classes, faults } = await answer([join(folder, 'z'), folder]);
    expect(classes).toEqual(['anger', 'sadness']);
    expect(faults).toEqual([]);
    expect(predictions.map(({ id }) => id)).toEqual([join(folder, 'z'), join(folder, 'a.wav')]);
    for (const { answer: found } of predictions) {
      const starts = found.segments.map(({ start }) => start ?? NaN);
      const steps = starts.slice(1).map((start, index) => start - (starts[index] ?? NaN));
      for (const step of steps) expect(step).toBeCloseTo(0.5, 6);
      for (const { start, end } of found.segments) expect((end ?? NaN) - (start ?? NaN)).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('warn of files that the models were made with', async () => {
    const { notes } = await answer([demoFile('03a01Wa'), demoFile('09a01Wb')]);
    expect(notes.join()).toContain('Of the 2 files, 1 served to train some of these models');
    const tested = await answer([demoFile('03a01Wa')], { model: 'fold=03' });
    expect(tested.notes).toEqual([]);
  });
});

it('writes no record, and nothing but the store', async () => {
  const before = outsideOfStore();
  await answer([demoFile('09a01Wb')]);
  expect(outsideOfStore()).toEqual(before);
  expect(readdirSync(project.path('artifacts/scratch'))).toEqual([]);
});

const outsideOfStore = (): string[] =>
  filesBelow(project.folder)
    .filter((path) => !path.startsWith(project.path('artifacts')))
    .map((path) => `${path} ${readFileSync(path).length}`);

describe('files that cannot be used', () => {
  const tone = (seconds: number, sampleRate = 16000) =>
    Array.from({ length: seconds * sampleRate }, (_, index) => Math.round(8000 * Math.sin(index / 5)));

  it('are reported one by one, and the others are answered', async () => {
    const folder = project.path('bad');
    const write = (name: string, content: string | Uint8Array) => project.write(`bad/${name}`, content);
    const whole = readFileSync(demoFile('03a01Wa'));
    write('empty.wav', '');
    write('text.wav', 'no sound at all');
    write('cut.flac', whole.subarray(0, whole.length / 2));
    write('silent.wav', wavFile([new Array<number>(16000).fill(0)]));
    write('short.wav', wavFile([tone(0.01)]));
    write('slow.wav', wavFile([tone(1, 8000)], { sampleRate: 8000 }));
    write('good.flac', whole);
    const { predictions, faults, failure } = await answer([folder, join(folder, 'missing.wav'), demoFile('03a01Wa')]);
    expect(failure).toBeUndefined();
    expect(predictions.map(({ id }) => id)).toEqual([join(folder, 'good.flac'), demoFile('03a01Wa')]);
    expect(predictions[0]?.answer).toEqual(predictions[1]?.answer);
    const codes = Object.fromEntries(faults.map(({ id, code }) => [id.slice(folder.length + 1), code]));
    expect(codes).toEqual({
      'missing.wav': 'unreadable-file',
      'empty.wav': 'empty-file',
      'text.wav': 'unknown-audio-format',
      'cut.flac': 'flac-damaged',
      'silent.wav': 'silent-audio',
      'short.wav': 'no-speech',
      'slow.wav': 'sample-rate-too-low',
    });
    for (const { advice, reason } of faults) expect([advice !== undefined, reason]).toEqual([true, 'data']);
  });

  it('alone give no answer and no error of the whole', async () => {
    const { predictions, faults } = await answer([project.path('nowhere.wav'), join(demoFolder, '..', 'README.md')]);
    expect(predictions).toEqual([]);
    expect(faults.map(({ code }) => code)).toEqual(['unreadable-file', 'unknown-audio-format']);
  });

  it('of another rate and several channels are no such files', async () => {
    const stereo = wavFile([speechSamples(120, 44100), speechSamples(150, 44100)], { sampleRate: 44100 });
    project.write('stereo.wav', stereo);
    const { predictions, faults } = await answer([project.path('stereo.wav')]);
    expect(faults).toEqual([]);
    expect(predictions).toHaveLength(1);
  });
});

/** The error that answering ends with; it has an advice. */
async function errorOf(paths: readonly string[], given: Given): Promise<PipeError> {
  const error = await answer(paths, given).then(
    () => expect.fail('there was an answer'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof PipeError)) throw error;
  expect(error.advice ?? error.diagnostics[0]?.advice).toBeDefined();
  return error;
}

it('a run whose split is not here, as in one that was imported, does not claim to know what it trained on', async () => {
  const copy = copyOfProject();
  const { stdout } = await copy.pipe('show', 'last', 'split', '--json');
  const { outputs } = JSON.parse(stdout) as { outputs: { name: string; path: string }[] };
  rmSync(outputs.find(({ name }) => name === 'folds')?.path ?? '');
  const files = [demoFile('03a01Wa'), demoFile('09a01Wb')];
  const { stderr } = await copy.pipe('predict', 'last', '--model', 'fold=03', ...files);
  expect(stderr).toContain("note: Of the 2 files, 1 is of the run's own data, and may have served");
});

it('a run that was trained with an engine that is not here is answered for by another', async () => {
  const { folder } = copyOfProject();
  const text = readFileSync(join(recordOf(folder), 'pipeline.yaml'), 'utf8');
  reseal(folder, 'pipeline.yaml', text.replaceAll('engine: wasm', 'engine: tensorflow'));
  vi.stubEnv('PIPE_ENGINES', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { engine, predictions } = await answer([demoFile('09a01Wb')], { folder, engine: 'auto' });
  expect(engine).toMatch(/^wasm/);
  const own = await answer([demoFile('09a01Wb')]);
  expect(predictions[0]?.answer).toEqual(own.predictions[0]?.answer);
  const refused = await errorOf([demoFile('09a01Wb')], { folder, engine: 'tensorflow' });
  expect([refused.code, refused.exitCode]).toEqual(['engine-not-installed', 4]);
});

describe('a run that cannot answer', () => {
  const file = demoFile('03a01Wa');

  it('because it has no such model says which it has', async () => {
    const unknown = await errorOf([file], { model: 'fold=09 seed=1' });
    expect([unknown.code, unknown.exitCode]).toEqual(['unknown-model', 2]);
    expect(unknown.advice).toMatch(/fold=0[38] seed=1/);
    expect((await errorOf([file], { model: 'speaker=03' })).advice).toContain('`fold=03 seed=1`');
    expect((await errorOf([file], { model: 'fold' })).code).toBe('bad-model-option');
  });

  it('because its preprocessing has other code now names the stage', async () => {
    const copy = copyOfProject();
    const { folder } = copy;
    const tasks = join(recordOf(folder), 'tasks.jsonl');
    const text = readFileSync(tasks, 'utf8');
    const changed = text.replace(/("stage":"speech","uses":"vad","code":")[0-9a-f]+/, '$10000');
    expect(changed).not.toBe(text);
    reseal(folder, 'tasks.jsonl', changed);
    const error = await errorOf([file], { folder });
    expect([error.code, error.exitCode]).toEqual(['changed-code', 2]);
    expect(error.message).toContain('`speech`');
    const { notes, predictions } = await answer([file], { folder, allowChangedCode: true });
    expect(predictions).toHaveLength(1);
    expect(notes.join()).toContain('The code of speech has changed');
  });

  it('because a model is damaged or gone says so, whatever the others are', async () => {
    const copy = copyOfProject();
    const { folder } = copy;
    const { stdout } = await copy.pipe('show', 'last', 'model', 'fold=03', 'seed=1', '--json');
    const { outputs } = JSON.parse(stdout) as { outputs: { name: string; path: string }[] };
    const path = outputs.find(({ name }) => name === 'model')?.path ?? '';
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    rmSync(path);
    writeFileSync(path, bytes);
    const damaged = await errorOf([file], { folder });
    expect([damaged.code, damaged.exitCode]).toEqual(['damaged-artifact', 5]);
    expect(damaged.message).toContain('model fold=03 seed=1');
    expect(damaged.advice).toMatch(/^`pipe run \S+\.yaml --data \S+ --engine wasm` makes it anew/);
    const gone = await errorOf([file], { folder });
    expect([gone.code, gone.exitCode]).toEqual(['missing-artifact', 5]);
    expect((await answer([file], { folder, model: 'fold=08' })).models).toHaveLength(2);
  });

  it('because it failed half-way tells why; models that it has not are named', async () => {
    const copy = copyOfProject();
    const { folder } = copy;
    const tasks = join(recordOf(folder), 'tasks.jsonl');
    const lines = readFileSync(tasks, 'utf8').split('\n');
    const without = (title: string) => lines.filter((line) => !line.includes(`"task":"${title}`)).join('\n');
    reseal(folder, 'tasks.jsonl', without('model fold=03 seed=2'));
    const { models, missing, notes } = await answer([file], { folder });
    expect(models).toHaveLength(3);
    expect(missing).toEqual([{ fold: '03', seed: 2 }]);
    expect(notes.join()).toContain('lacks 1 of its models, whose tasks failed or were not run: fold=03 seed=2');
    reseal(folder, 'tasks.jsonl', without('model '));
    expect((await errorOf([file], { folder })).code).toBe('no-model');
  });

  it('because it was killed says how to go on', async () => {
    const copy = copyOfProject();
    const { folder } = copy;
    const record = recordOf(folder);
    rmSync(join(record, 'tasks.jsonl'));
    reseal(folder, 'events.jsonl', readFileSync(join(record, 'events.jsonl'), 'utf8'));
    const error = await errorOf([file], { folder });
    expect([error.code, error.exitCode]).toEqual(['no-model', 2]);
    expect(error.advice).toContain('pipe run');
  });

  it('because an engine is not there says what there is', async () => {
    expect((await errorOf([file], { engine: 'cuda' })).code).toBe('unknown-engine');
  });

  it('because its pipeline tests nothing says what is lacking', async () => {
    const copy = copyOfProject();
    const text = copy.read('pipeline.yaml');
    copy.write(
      'pipeline.yaml',
      text
        .slice(0, text.indexOf('  split:'))
        .replace('pipeline: tiny', 'pipeline: maps')
        .replace(/params:.*\n/, ''),
    );
    const { exitCode, stderr } = await copy.pipe('run', 'pipeline.yaml');
    expect(exitCode, stderr).toBe(0);
    const error = await errorOf([file], { folder: copy.folder, run: 'maps' });
    expect([error.code, error.exitCode]).toEqual(['no-new-data', 2]);
  });
});

it('a control says that it is one', async () => {
  const copy = copyOfProject();
  const ran = await copy.pipe(
    'run',
    'pipeline.yaml',
    '--set',
    'params.permuteLabels=within-speaker',
    '--set',
    'params.seeds=[1]',
  );
  expect(ran.exitCode, ran.stderr).toBe(0);
  const { notes, models } = await answer([demoFile('09a01Wb')], { folder: copy.folder });
  expect(models).toHaveLength(2);
  expect(notes.join()).toContain('A control');
});

it('an interruption leaves what was computed', async () => {
  const controller = new AbortController();
  const interrupted = await answer([demoFile('11a01Wc'), demoFile('11a02Tc')], {
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  expect(interrupted).toMatchObject({ interrupted: true, predictions: [] });
});

/** Writes a file of a record as if it had been recorded so. */
function reseal(folder: string, name: string, text: string): void {
  const record = recordOf(folder);
  writeFileSync(join(record, name), text);
  const path = join(record, 'run.json');
  const { files: _files, sum: _sum, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify(rest));
}
