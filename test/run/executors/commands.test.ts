import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Command, Job, JobNote } from '../../../src/run/job.ts';
import { type Rig, containing, createRig, digestOf, leftovers, matching, options, valueOf } from './rig.ts';

let rig: Rig;
let shared: ReturnType<Rig['executors']>;
beforeAll(async () => {
  rig = await createRig();
  shared = rig.executors();
});
afterAll(() => rig.close());

const command = (argv: readonly string[], more: Partial<Job> = {}, code: Command['code'] = []): Job =>
  rig.job('', { command: { argv, code }, ...more });
const shell = (script: string, more: Partial<Job> = {}): Job =>
  command(['sh', '-c', script, 'sh', '${outputs.value}'], more);
const run = (job: Job, given: Parameters<typeof options>[0] = {}) => shared.commands.run(job, options(given));

describe('a command', () => {
  test('gets its inputs, outputs and code as files, and no shell comes between', async () => {
    const audio = rig.stored('waveform', { sampleRate: 8000, samples: new Float32Array(2) });
    const timing = rig.stored('json', { start: 1 });
    const source = rig.file(
      'copy.mjs',
      `import fs from 'node:fs'; import { names } from './more/names.mjs';
      const [wav, json, out, odd] = process.argv.slice(2);
      fs.writeFileSync(out, JSON.stringify([fs.statSync(wav).size, JSON.parse(fs.readFileSync(json)), names, odd, process.cwd()]));`,
    );
    const names = rig.file('names.mjs', 'export const names = 3;');
    const job = command(
      [
        process.execPath,
        '${code}/copy.mjs',
        '${inputs.audio}',
        '${inputs.segments.timing}',
        '${outputs.value}',
        '$HOME; *"',
      ],
      {
        inputs: {
          audio: { kind: 'one', shape: 'waveform', files: audio },
          segments: { kind: 'one', shape: { timing: 'json' }, files: { timing } },
        },
      },
      [
        { name: 'copy.mjs', path: source, digest: digestOf(readFileSync(source)) },
        { name: 'more/names.mjs', path: names, digest: digestOf(readFileSync(names)) },
      ],
    );
    expect(valueOf(await run(job))).toEqual([64, { start: 1 }, 3, '$HOME; *"', join(job.scratch, 'work')]);
    // Only what counts is left.
    expect(readdirSync(job.scratch)).toEqual(['outputs']);
    expect(leftovers(shared.runId)).toEqual([]);
  });

  test('gets items and points as JSON lines with the paths of their files', async () => {
    const [a, b] = [rig.stored('json', 'a'), rig.stored('json', 'b')];
    const script = `const fs = require('node:fs'); const [items, points, out] = process.argv.slice(1);
      const read = (list) => fs.readFileSync(list, 'utf8').trim().split('\\n').map((line) => JSON.parse(line));
      const load = (files) => Object.fromEntries(Object.entries(files).map(([name, path]) => [name, JSON.parse(fs.readFileSync(path))]));
      fs.writeFileSync(out, JSON.stringify([...read(items), ...read(points)].map((row) => ({ ...row, files: load(row.files) }))));`;
    const job = command([process.execPath, '-e', script, '${inputs.items}', '${inputs.points}', '${outputs.value}'], {
      inputs: {
        items: {
          kind: 'items',
          rows: [
            { columns: { id: '1', label: 'anger' }, part: 'train', rows: [0], files: a },
            { columns: { id: '2', label: 'joy' } },
          ],
        },
        points: { kind: 'each', entries: [{ point: { seed: 1 }, files: { answers: b } }] },
      },
    });
    expect(valueOf(await run(job))).toEqual([
      { columns: { id: '1', label: 'anger' }, part: 'train', rows: [0], files: { items: 'a' } },
      { columns: { id: '2', label: 'joy' }, files: {} },
      { point: { seed: 1 }, files: { answers: 'b' } },
    ]);
  });

  test('that writes to its input harms only its own copy', async () => {
    const input = rig.stored('json', 'precious');
    const job = command(
      ['sh', '-c', 'chmod u+w "$1"; echo 1 | tee "$1" > "$2"', 'sh', '${inputs.x}', '${outputs.value}'],
      {
        inputs: { x: { kind: 'one', shape: 'json', files: input } },
      },
    );
    expect(valueOf(await run(job))).toBe(1);
    expect(readFileSync(input.path, 'utf8')).toBe('"precious"');
  });

  test('has the same bytes stored for the same value, whatever its library adds', async () => {
    const digest = async (text: string) => {
      const answer = await run(shell(`printf '%s' '${text}' > "$1"`));
      return answer.status === 'done' ? answer.outputs.value?.digest : answer;
    };
    expect(await digest('{ "b": 1.0,\n "a": 2 }')).toBe(digestOf(Buffer.from('{"a":2,"b":1}')));
  });

  test('may be noisy: its lines are logged up to a limit', async () => {
    const notes: JobNote[] = [];
    const noisy = shell('yes "a line" | head -n 100000; printf unfinished >&2; echo 1 > "$1"');
    expect(valueOf(await run(noisy, { onNote: (note) => notes.push(note) }))).toBe(1);
    expect(notes.length).toBeLessThan(2010);
    expect(notes).toContainEqual({ type: 'log', message: 'unfinished' });
    expect(notes).toContainEqual({ type: 'log', message: '(2000 lines: what follows is not logged)' });
  });
});

describe('a command fails its task when it', () => {
  test.each([
    [
      'exits with an error',
      'echo cause >&2; exit 7',
      { reason: 'exit', code: 'process-exit', message: 'sh ended with exit code 7: cause', detail: 'cause' },
    ],
    ['is killed', 'kill -KILL $$', { reason: 'exit', code: 'process-killed', message: 'sh was killed (SIGKILL).' }],
    [
      'ends itself by a signal',
      'kill -ABRT $$',
      { reason: 'exit', code: 'process-crashed', message: containing('SIGABRT') },
    ],
    ['hangs', 'sleep 100', { reason: 'timeout' }],
    ['hangs deaf', 'trap "" TERM; while :; do :; done', { reason: 'timeout' }],
    ['fills the disk', 'cat /dev/zero > /dev/full', { reason: 'disk', code: 'disk-full' }],
    ['runs out of memory', 'echo MemoryError >&2; exit 1', { reason: 'memory', code: 'out-of-memory' }],
    [
      'writes no output',
      'true',
      {
        reason: 'output',
        code: 'missing-output',
        message: matching(/^The output 'value' was not written \(.*value\.json\)\.$/),
      },
    ],
    [
      'writes what is not JSON',
      'echo "{" > "$1"',
      { reason: 'output', code: 'wrong-output', message: containing("The output 'value' is not JSON") },
    ],
    ['writes nothing to its output', ': > "$1"', { reason: 'output', code: 'wrong-output' }],
    [
      'makes its output a folder',
      'mkdir "$1"',
      { reason: 'output', code: 'wrong-output', message: containing('is not a file') },
    ],
    [
      'makes its output a pipe',
      'mkfifo "$1"',
      { reason: 'output', code: 'wrong-output', message: containing('is not a file') },
    ],
    ['makes its output a link to nowhere', 'ln -s nowhere "$1"', { reason: 'output', code: 'wrong-output' }],
  ])('%s', async (_, script, failure) => {
    const answer = await run(shell(script), { timeoutSeconds: failure.reason === 'timeout' ? 0.5 : 20 });
    expect(answer).toMatchObject({ status: 'failed', ...failure });
    expect(leftovers(shared.runId)).toEqual([]);
  });

  test('is not there, or may not be executed', async () => {
    expect(await run(command(['no-such-program', 'x']))).toMatchObject({
      reason: 'exit',
      code: 'program-not-found',
      message: "The program 'no-such-program' was not found.",
    });
    const text = rig.file('not-executable', '#!/bin/sh\n');
    expect(await run(command([text]))).toMatchObject({ reason: 'exit', code: 'program-not-executable' });
  });

  test('asks for a file that there is not', async () => {
    expect(await run(command(['cat', '${inputs.audo}']))).toMatchObject({
      reason: 'threw',
      code: 'unknown-placeholder',
      message: 'The command asks for ${inputs.audo}, which there is not.',
      advice: 'There are: ${code}, ${outputs.value}.',
    });
  });

  test('has code that is no longer what its key was made of', async () => {
    const path = rig.file('changed.py', 'new');
    const job = command(['cat', '${code}/changed.py'], {}, [
      { name: 'changed.py', path, digest: digestOf(Buffer.from('old')) },
    ]);
    expect(await run(job)).toMatchObject({ reason: 'changed', file: path });
  });

  test('has an input that is damaged', async () => {
    const input = rig.stored('json', 'good');
    writeFileSync(input.path, '"bad!"');
    const job = shell('echo 1 > "$1"', { inputs: { x: { kind: 'one', shape: 'json', files: input } } });
    expect(await run(job)).toMatchObject({ reason: 'damaged', digests: [input.digest] });
  });

  test('is cancelled, politely at first', async () => {
    const stop = new AbortController();
    const told = join(rig.folder, 'command told');
    const script = `trap 'echo > "${told}"; exit 0' TERM; echo ready; sleep 100 & wait`;
    const given = options({ signal: stop.signal, onNote: () => stop.abort() });
    const { commands, runId } = rig.executors({ graceMilliseconds: 60_000 });
    expect(await commands.run(shell(script), given)).toMatchObject({ reason: 'cancelled' });
    expect(readFileSync(told, 'utf8')).toBe('\n');
    expect(leftovers(runId)).toEqual([]);
  });
});

test('what a daemon of a command writes late cannot land', async () => {
  const daemon = 'setsid sh -c \'sleep 0.3; echo 666 > "$1"\' sh "$1" > /dev/null 2>&1 & echo 1 > "$1"';
  const answer = await run(shell(daemon));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(valueOf(answer)).toBe(1);
});

test('an executable in the code keeps its run bit', async () => {
  mkdirSync(join(rig.folder, 'bin'), { recursive: true });
  const path = rig.file('bin/tool', '#!/bin/sh\necho 5 > "$1"\n');
  chmodSync(path, 0o755);
  const code = [{ name: 'tool', path, digest: digestOf(readFileSync(path)) }];
  expect(valueOf(await run(command(['${code}/tool', '${outputs.value}'], {}, code)))).toBe(5);
});
