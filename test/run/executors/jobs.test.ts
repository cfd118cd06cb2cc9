import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job, JobAnswer, JobNote } from '../../../src/run/job.ts';
import type { Json } from '../../../src/stage/index.ts';
import { randomStream } from '../../../src/stage/index.ts';
import { type Rig, containing, createRig, digestOf, matching, options, valueOf } from './rig.ts';

let rig: Rig;
let run: (job: Job, notes?: JobNote[]) => Promise<JobAnswer>;
let runAlone: (job: Job) => Promise<JobAnswer>;
beforeAll(async () => {
  rig = await createRig();
  const { workers, processes } = rig.executors();
  runAlone = (job) => processes.run(job, options());
  run = (job, notes = []) => workers.run(job, options({ onNote: (note) => notes.push(note) }));
});
afterAll(() => rig.close());

describe('inputs', () => {
  test('come decoded, one by one or as a record', async () => {
    const numbers = rig.stored('array', { shape: [2], data: Float32Array.of(1, 2) });
    const timing = rig.stored('json', { startSeconds: [0.5] });
    const answer = await run(
      rig.job('return { value: [inputs.numbers.data[1], inputs.segments.timing.startSeconds[0], params.gain] };', {
        params: { gain: 3 },
        inputs: {
          numbers: { kind: 'one', shape: 'array', files: numbers },
          segments: { kind: 'one', shape: { timing: 'json' }, files: { timing } },
        },
      }),
    );
    expect(valueOf(answer)).toEqual([2, 0.5, 3]);
  });

  test('of items and points are read on demand, with their columns, parts and points', async () => {
    const [a, b] = [rig.stored('json', 'a'), rig.stored('json', 'b')];
    const answer = await run(
      rig.job(
        `const rows = await Promise.all(inputs.items.map(async ({ columns, part, rows, read }) => [columns.id, part ?? null, rows ?? null, (await read()) ?? null]));
         const points = await Promise.all(inputs.points.map(async ({ point, read }) => [point.seed, (await read()).x]));
         return { value: { rows, points } };`,
        {
          inputs: {
            items: {
              kind: 'items',
              rows: [{ columns: { id: '1' }, part: 'train', rows: [0, 2], files: a }, { columns: { id: '2' } }],
            },
            points: { kind: 'each', entries: [{ point: { seed: 7 }, files: { x: b } }] },
          },
        },
      ),
    );
    expect(valueOf(answer)).toEqual({
      rows: [
        ['1', 'train', [0, 2], 'a'],
        ['2', null, null, null],
      ],
      points: [[7, 'b']],
    });
  });

  test('with a flipped bit in the store are damaged, and the digest is named', async () => {
    const good = rig.stored('json', 'to be damaged');
    writeFileSync(good.path, '"to be dameged"');
    const answer = await run(
      rig.job('return { value: 1 };', { inputs: { x: { kind: 'one', shape: 'json', files: good } } }),
    );
    expect(answer).toMatchObject({ status: 'failed', reason: 'damaged', digests: [good.digest], file: good.path });
  });

  test('that are not in the store any more are damaged', async () => {
    const digest = digestOf(Buffer.from('never written'));
    const files = { path: join(rig.folder, digest), digest, type: 'json' as const };
    const answer = await run(rig.job('return { value: 1 };', { inputs: { x: { kind: 'one', shape: 'json', files } } }));
    expect(answer).toMatchObject({ reason: 'damaged', digests: [digest] });
  });

  test('that are damaged fail the task even when the stage catches the error', async () => {
    const good = rig.stored('json', 'damaged too');
    writeFileSync(good.path, '"damaged tow"');
    const answer = await run(
      rig.job('try { await inputs.x[0].read(); } catch {} return { value: 1 };', {
        inputs: { x: { kind: 'items', rows: [{ columns: { id: 'a' }, files: good }] } },
      }),
    );
    expect(answer).toMatchObject({ reason: 'damaged', digests: [good.digest] });
  });

  test.each([
    ['changed', (path: string) => writeFileSync(path, 'other')],
    ['is not there any more', (path: string) => symlinkSync('/nowhere/at/all', path)],
  ])('of a corpus whose file %s since the run began say so', async (what, change) => {
    const path = join(rig.folder, `utterance ${what}.wav`);
    change(path);
    const files = { path, digest: digestOf(Buffer.from('was')), type: 'file' as const, source: true as const };
    const answer = await run(
      rig.job('return { value: 1 };', { inputs: { audio: { kind: 'one', shape: 'file', files } } }),
    );
    expect(answer).toMatchObject({ reason: 'changed', code: 'source-changed', file: path });
    expect(answer).toHaveProperty('message', containing(what === 'changed' ? 'has changed since' : what));
  });

  test('whose bytes are not what their type says name the file', async () => {
    const files = { ...rig.stored('file', Buffer.from('no array')), type: 'array' as const };
    const answer = await run(
      rig.job('return { value: 1 };', { inputs: { x: { kind: 'one', shape: 'array', files } } }),
    );
    expect(answer).toMatchObject({ reason: 'data', code: 'malformed-input', file: files.path });
    expect(answer).toHaveProperty(
      'message',
      `${files.path} is not a .npy file: it does not start with \\x93NUMPY (8 bytes).`,
    );
  });
});

describe('outputs', () => {
  test('are written to the scratch folder with their digests', async () => {
    const answer = await run(
      rig.job('return { sound: { sampleRate: 8000, samples: new Float32Array(3) }, value: { b: 1, a: 2 } };', {
        outputs: { sound: 'waveform', value: 'json' },
      }),
    );
    expect(valueOf(answer)).toEqual({ a: 2, b: 1 });
    expect(answer).toMatchObject({ outputs: { sound: { size: 56 + 12, path: matching(/sound\.wav$/) } } });
  });

  test.each([
    ['return { };', 'missing-output', "The stage did not return its output 'value'."],
    ['return;', 'wrong-output', 'The stage must return { value }, but returned undefined.'],
    [
      'return { value: 1, extra: 2 };',
      'undeclared-output',
      "The stage returned 'extra', which is not among its outputs (value).",
    ],
    ['return { value: { uar: 0 / 0 } };', 'wrong-output', "The output 'value' has NaN at uar, which JSON cannot hold."],
  ])('other than declared fail the task: %s', async (body, code, message) => {
    expect(await run(rig.job(body))).toMatchObject({ reason: 'output', code, message });
  });

  test.each([
    ['array', '{ shape: [2], data: new Float32Array(3) }', 'has shape [2], which takes 2 numbers, but its data has 3'],
    ['waveform', '{ sampleRate: 8000, samples: Float32Array.of(0, NaN) }', 'has a sample that is NaN, at 1 of 2'],
    ['waveform', '{ shape: [1], data: new Float32Array(1) }', 'has the sample rate undefined'],
    ['tensors', '{ w: 1 }', 'is not tensors'],
    ['file', '"text"', 'is not the bytes of a file'],
  ] as const)('that are no %s fail the task', async (type, value, message) => {
    const answer = await run(rig.job(`return { value: ${value} };`, { outputs: { value: type } }));
    expect(answer).toMatchObject({
      reason: 'output',
      message: containing(`The output 'value' ${message}`),
    });
  });

  test('that find the disk full say so', async () => {
    const job = rig.job('return { value: 1 };');
    symlinkSync('/dev/full', join(job.scratch, 'value.json'));
    expect(await run(job)).toMatchObject({
      reason: 'disk',
      code: 'disk-full',
      advice: containing('pipe gc'),
    });
  });
});

describe('errors', () => {
  test('of the data keep code and advice and name the only corpus file, whichever copy of DataError was thrown', async () => {
    const path = rig.file('silent.wav', 'silence');
    const files = { path, digest: digestOf(Buffer.from('silence')), type: 'file' as const, source: true as const };
    const text = `class DataError extends Error { name = 'DataError'; code = 'silent-audio'; advice = 'Record it again.'; }
      export default { run() { throw new DataError('There is no sound.'); } };`;
    expect(await run(rig.moduleJob(text, { inputs: { audio: { kind: 'one', shape: 'file', files } } }))).toMatchObject({
      reason: 'data',
      code: 'silent-audio',
      message: 'There is no sound.',
      advice: 'Record it again.',
      file: path,
    });
  });

  test('that the stage throws are told with their stack in the detail', async () => {
    const answer = await run(rig.job('null.x;'));
    expect(answer).toMatchObject({
      reason: 'threw',
      code: 'stage-threw',
      message: matching(/^TypeError: Cannot read properties of null/),
      detail: containing('.mjs:'),
    });
  });

  test.each([
    ["throw 'words';", 'A value was thrown that is no error: words'],
    ['throw undefined;', 'A value was thrown that is no error: undefined'],
    ['const e = new Error(""); throw e;', 'Error'],
  ])('of any kind are told: %s', async (body, message) => {
    expect(await run(rig.job(body))).toMatchObject({ reason: 'threw', message });
  });

  test.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-quota'],
    ['EROFS', 'read-only-disk'],
  ])('of the system by %s are those of the disk', async (name, code) => {
    expect(await run(rig.job(`throw Object.assign(new Error('write'), { code: '${name}' });`))).toMatchObject({
      reason: 'disk',
      code,
    });
  });

  test('of allocation are lack of memory', async () => {
    expect(await run(rig.job('new ArrayBuffer(2 ** 46);'))).toMatchObject({ reason: 'memory', code: 'out-of-memory' });
  });

  test.each([
    ["throw new Error('at load');", 'stage-not-loaded', 'Error: at load'],
    ["import 'no-such-package-anywhere'; export default {};", 'stage-not-loaded', 'no-such-package-anywhere'],
    ['this is not JavaScript', 'stage-not-loaded', 'SyntaxError'],
    ['export const run = 1;', 'no-stage', 'is not a stage with a run function'],
  ])('of a module that is no stage are told: %s', async (text, code, message) => {
    expect(await run(rig.moduleJob(text))).toMatchObject({
      reason: 'threw',
      code,
      message: containing(message),
    });
  });
});

describe('the context', () => {
  test('has random streams of stage type, seed and name alone', async () => {
    const body = `return { value: ['a', 'b'].map((name) => context.random(name).uniform()) };`;
    const value = async (params: Record<string, Json>) => valueOf(await run(rig.job(body, { params })));
    const first = await value({ seed: 1, epochs: 1 });
    expect(await value({ seed: 1, epochs: 2 })).toEqual(first);
    expect(await value({ seed: 2 })).not.toEqual(first);
    expect(await value({})).toEqual(await value({ seed: 0 }));
    expect(first).toEqual(['a', 'b'].map((name) => randomStream(`test/stage/1/${name}`).uniform()));
  });

  test('logs, also what is printed, and tells progress, in order', async () => {
    const notes: JobNote[] = [];
    await run(
      rig.job(`context.log('one'); console.log('two\\nthree'); context.progress({ epoch: 1 }); return { value: 1 };`),
      notes,
    );
    expect(notes).toEqual([
      { type: 'log', message: 'one' },
      { type: 'log', message: 'two' },
      { type: 'log', message: 'three' },
      { type: 'progress', figures: { epoch: 1 } },
    ]);
  });

  test('reads declared assets alone', async () => {
    const asset = rig.file('kernel.wasm', 'bytes');
    const body = (name: string) => `return { value: Buffer.from(await context.asset('${name}')).toString() };`;
    const assets = { 'build/kernel.wasm': asset };
    expect(valueOf(await run(rig.job(body('build/kernel.wasm'), { assets })))).toBe('bytes');
    expect(await run(rig.job(body('other'), { assets }))).toMatchObject({
      message: `Error: 'other' is not among the declared assets (build/kernel.wasm).`,
    });
  });

  test('has the engine for stages that ask for one, and closes it', async () => {
    const closed = join(rig.folder, 'closed');
    const bundle = rig.file(
      'engine.mjs',
      `import { writeFileSync } from 'node:fs';
       export default async ({ threads, asset, library }) => ({ name: 'toy', threads, library, kernel: String(await asset('k')), close() { writeFileSync('${closed}', '') } });`,
    );
    const engine = {
      name: 'tensorflow',
      bundle,
      assets: { k: rig.file('k', 'kernel') },
      threads: 3,
      environment: { TOY: 'set' },
      library: '/toy',
      gpu: '1',
    };
    const body = `const { name, threads, library, kernel } = context.engine;
      const { TOY, ONEDNN_TEST, CUDA_VISIBLE_DEVICES } = process.env;
      return { value: [name, threads, library, TOY, ONEDNN_TEST ?? 'taken away', CUDA_VISIBLE_DEVICES, kernel.length] };`;
    process.env.ONEDNN_TEST = 'changes bits';
    expect(valueOf(await runAlone(rig.job(body, { engine })))).toEqual([
      'toy',
      3,
      '/toy',
      'set',
      'taken away',
      '1',
      'kernel'
        .split('')
        .map((c) => c.charCodeAt(0))
        .join(',').length,
    ]);
    expect(await run(rig.job(body))).toMatchObject({
      message: containing('does not declare `engine: true`'),
    });
    expect(() => symlinkSync('/', closed)).toThrow('EEXIST');
  });

  test('keeps the last checkpoint of just this task, and none that is damaged', async () => {
    const body = `const state = await context.checkpoint.load();
      const epoch = state === undefined ? 0 : state[0];
      await context.checkpoint.save(Uint8Array.of(epoch + 1, 2, 3));
      return { value: [epoch, state?.length ?? 0] };`;
    const job = rig.job(body);
    expect(valueOf(await run(job))).toEqual([0, 0]);
    expect(valueOf(await run(job))).toEqual([1, 3]);
    expect(valueOf(await run({ ...job, key: rig.job(body).key }))).toEqual([0, 0]);
    for (const content of ['', 'x'.repeat(66)]) {
      writeFileSync(job.checkpoint, content);
      expect(valueOf(await run(job))).toEqual([0, 0]);
    }
  });
});
