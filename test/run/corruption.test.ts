import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from '../support/fast-check.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withPipeline } from '../../src/cli/open-pipeline.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { runPipeline } from '../../src/run/index.ts';
import { createToyProject, filesBelow, type ToyProject, type ToyRun } from '../support/toy-project.ts';

let project: ToyProject;
let first: ToyRun;

beforeAll(async () => {
  project = createToyProject('pipe-corruption-');
  first = await project.run();
  expect(first.exitCode).toBe(0);
});
afterAll(() => project.remove());

/** Which bit flips is drawn once, the same each time. */
const [place = 0.5] = fc.sample(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { seed: 7, numRuns: 1 });

type Harm = (path: string) => void;

const flipBit: Harm = (path) => {
  // Node sets times to the microsecond; this is exact.
  const times = `${path}.times`;
  execFileSync('touch', ['-r', path, times]);
  const bytes = readFileSync(path);
  const bit = Math.floor(place * bytes.length * 8);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  writeFileSync(path, bytes);
  execFileSync('touch', ['-r', times, path]);
  rmSync(times);
};
const harms: Readonly<Record<string, Harm>> = {
  'a flipped bit': flipBit,
  'its end cut off': (path) => truncateSync(path, statSync(path).size >> 1),
  'no file': (path) => rmSync(path),
  'a folder in its place': (path) => {
    rmSync(path);
    mkdirSync(join(path, 'x'), { recursive: true });
  },
};

const objectOf = (task: string, digest = (first.outputs[task] ?? '').split(' ')[0] ?? '') =>
  project.path('artifacts/objects', digest.slice(0, 2), digest);
const keyOf = (task: string) => {
  const event = first.events.find((one) => one.type === 'task-done' && titleOf(one.task) === task);
  return event?.type === 'task-done' ? event.key : '';
};
const titleOf = ({ stage, item, point }: { stage: string; item?: string; point: object }) =>
  [
    stage,
    ...(item === undefined ? [] : [item]),
    ...Object.entries(point).map(([axis, value]) => `${axis}=${value}`),
  ].join(' ');
const actionOf = (task: string) => project.path('artifacts/actions', keyOf(task).slice(0, 2), keyOf(task));
/** A note on bundled code, and a bundle that is another's: without its note, a bundle is not read but made again. */
const codeFiles = (): { readonly note: string; readonly bundle: string } => {
  const names = readdirSync(project.path('artifacts/code'));
  const note = names.find((name) => name.endsWith('.json')) ?? '';
  const noted = project.read(`artifacts/code/${note}`);
  const bundle = names.find((name) => name.endsWith('.mjs') && !noted.includes(name)) ?? '';
  return { note: project.path('artifacts/code', note), bundle: project.path('artifacts/code', bundle) };
};
const indexFile = () => filesBelow(project.path('artifacts/index')).find((path) => path.endsWith('/log')) ?? '';

const damagedPaths = (run: ToyRun) =>
  run.events.flatMap((event) => (event.type === 'damage-found' ? [event.damage.path] : [])).sort();

/** Every object of the first run is there again, with its bytes. */
async function expectHealed(run: ToyRun): Promise<void> {
  expect(run.stderr).toBe('');
  expect(run.exitCode).toBe(0);
  expect(run.outputs).toEqual(first.outputs);
  expect((await project.pipe('fsck')).exitCode).toBe(0);
  const after = await project.run();
  expect(after.ran).toEqual([]);
  expect(damagedPaths(after)).toEqual([]);
}

describe.each(Object.entries(harms))('stored files with %s', (name, harm) => {
  it('are noticed, told and made again: artifacts of every kind of stage, all at once', async () => {
    const paths = ['codes 01-a-1.txt', 'bytes 02-b-1.txt', 'split', 'model fold=02 seed=1', 'totals seed=1'].map(
      (task) => objectOf(task),
    );
    for (const path of paths) harm(path);
    const run = await project.run();
    expect(damagedPaths(run)).toEqual(expect.arrayContaining(paths));
    await expectHealed(run);
  });

  it('are noticed, told and made again: what the store notes beside them', async () => {
    const records = [actionOf('means 03-a-1.txt'), actionOf('answers fold=01 seed=2')];
    const { note, bundle } = codeFiles();
    // What is not there at all was never made.
    const told = name === 'no file' ? [bundle] : [...records, note, bundle];
    for (const path of [...records, note, bundle]) harm(path);
    const run = await project.run();
    expect(damagedPaths(run)).toEqual(expect.arrayContaining(told));
    await expectHealed(run);
  });

  it('are noticed, told and made again: the index, a checkpoint and the format', async () => {
    const format = project.path('artifacts/format');
    const checkpoint = project.path('artifacts/checkpoints', keyOf('model fold=01 seed=1'));
    writeFileSync(checkpoint, 'x'.repeat(100));
    const index = indexFile();
    harm(index);
    harm(format);
    const found = await project.pipe('fsck', '--json');
    expect(found.exitCode).toBe(5);
    expect(found.stdout).toContain(checkpoint);
    expect(found.stdout).toContain(format);
    // A log without its end is what a killed run leaves.
    if (name !== 'no file' && name !== 'its end cut off') expect(found.stdout).toContain(index);
    await expectHealed(await project.run());
  });

  it('are told by fsck and show, with exit code 5', async () => {
    const path = objectOf('means 02-a-1.txt');
    harm(path);
    const shown = await project.pipe('show', 'last', 'means', '02-a-1.txt');
    expect(shown.exitCode).toBe(5);
    expect(shown.stdout).toContain('gone or damaged');
    const checked = await project.pipe('fsck');
    expect(checked.exitCode).toBe(5);
    expect(checked.stdout).toContain(path);
    await expectHealed(await project.run());
  });

  it('are told and passed over: records of runs', async () => {
    await project.run('--set', 'params.gain=5');
    await project.run();
    const folder = project.path('experiments/toy');
    const [oldest = ''] = readdirSync(folder).sort();
    const results = join(folder, oldest, 'results.json');
    harm(results);
    const shown = await project.pipe('show', oldest);
    expect(shown.exitCode).toBe(5);
    expect(shown.stderr).toContain(results);
    const path = join(folder, oldest, 'run.json');
    harm(path);
    const listed = await project.pipe('ls');
    expect(listed.exitCode).toBe(0);
    expect(listed.stderr).toContain(path);
    expect((await project.pipe('show', oldest)).exitCode).toBe(5);
    const checked = await project.pipe('fsck');
    expect(checked.exitCode).toBe(5);
    expect(checked.stdout).toContain(path);
    expect((await project.run()).ran).toEqual([]);
    rmSync(join(folder, oldest), { recursive: true });
  });
});

describe('damage that nothing needs to notice', () => {
  it('in an artifact whose readers are all cached is noticed as well', async () => {
    const path = objectOf('codes 03-b-1.txt');
    flipBit(path);
    const run = await project.run();
    expect(damagedPaths(run)).toEqual([path]);
    expect(run.ran).toEqual(['codes 03-b-1.txt']);
    await expectHealed(run);
  });

  it('is told in plain lines too', async () => {
    flipBit(objectOf('codes 03-b-1.txt'));
    const { stdout, exitCode } = await project.pipe('run', 'pipeline.yaml');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /damage found in the store: object .*its bytes do not have its hash; set aside and made again/,
    );
  });
});

describe('damage of a workspace that several runs have', () => {
  it('is told by the first of them alone, so that nothing happens in the others', async () => {
    const path = objectOf('codes 03-b-1.txt');
    flipBit(path);
    const options = { workspace: project.folder, set: [], data: [], force: [] };
    await withPipeline(project.path('pipeline.yaml'), options, { readOnly: false }, async ({ pipeline, workspace }) => {
      const types: string[][] = [];
      for (let run = 0; run < 2; run++) {
        const events: RunEvent[] = [];
        await runPipeline(pipeline, workspace, {
          jobs: 1,
          signal: new AbortController().signal,
          emit: (event) => events.push(event),
        });
        types.push(events.map(({ type }) => type));
      }
      expect(types[0]).toContain('damage-found');
      expect(new Set(types[1])).toEqual(
        new Set(['run-started', 'stage-planned', 'task-cached', 'result', 'run-ended']),
      );
    });
  });
});

describe('damage that comes after everything was looked up', () => {
  const meddle = `import { readFileSync, writeFileSync } from 'node:fs';
import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'meddle', kind: 'reduce', description: 'Flips a bit', params: Type.Object({ files: Type.Array(Type.String()) }),
  inputs: { items: { items: null } }, outputs: { done: 'json' },
  run(_, { files }) {
    for (const file of files) {
      const bytes = readFileSync(file);
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(file, bytes);
    }
    return { done: true };
  },
});
`;
  const late = `import { Type, defineStage } from 'pipe/stage';
export default defineStage({
  name: 'late', kind: 'map', description: 'Reads late', params: Type.Object({ times: Type.Integer() }),
  inputs: { codes: 'array', mean: 'json' }, outputs: { sum: 'json' },
  run: ({ codes, mean }, { times }) => ({ sum: (codes.data.length + mean) * times }),
});
`;

  it('is found while a task reads it, healed, and all tasks done that read it', async () => {
    const paths = [objectOf('codes 01-b-1.txt'), objectOf('means 02-a-1.txt')];
    project.write('stages/meddle.ts', meddle);
    project.write('stages/late.ts', late);
    const stages = `  late: { uses: late, needs: { codes: codes.codes, mean: means.mean }, with: { times: 1 } }
  later: { uses: late, needs: { codes: codes.codes, mean: means.mean }, with: { times: 2 }, isolate: process }
  meddle: { uses: meddle, needs: corpus, with: { files: [${paths.map((path) => JSON.stringify(path)).join(', ')}] } }
`;
    project.write('pipeline.yaml', project.read('pipeline.yaml') + stages);
    const run = await project.run('--jobs', '1');
    expect(run.exitCode).toBe(0);
    expect(damagedPaths(run)).toEqual([...paths].sort());
    expect(run.ran).toEqual(
      expect.arrayContaining([
        'codes 01-b-1.txt',
        'means 02-a-1.txt',
        ...['late', 'later'].flatMap((stage) => [`${stage} 01-b-1.txt`, `${stage} 02-a-1.txt`]),
      ]),
    );
    expect(run.outputs).toMatchObject(first.outputs);
    expect((await project.pipe('fsck')).exitCode).toBe(0);
  });
});
