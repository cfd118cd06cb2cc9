import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Headers, pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BundledArtifact, Manifest } from '../../src/experiment/bundle/format.ts';
import { unpackBundle } from '../../src/experiment/bundle/unpack-bundle.ts';
import type { RunRecord } from '../../src/experiment/run-record.ts';
import { seal } from '../../src/experiment/seal.ts';
import { type ToyProject, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;
/** The run's name, and its bundle. */
let run: string;
let bundle: string;

beforeAll(async () => {
  project = createToyProject('pipe-export-');
  await project.run();
  run = readdirSync(project.path('experiments/toy'))[0] ?? '';
  bundle = project.path('run.tar.gz');
  expect(await project.pipe('export', 'last', '-o', 'run.tar.gz')).toMatchObject({ exitCode: 0, stderr: '' });
});
afterAll(() => project.remove());

/** An empty workspace beside the project. */
let other: string;
beforeEach(() => {
  other = project.path('other');
  rmSync(other, { recursive: true, force: true });
  mkdirSync(other);
});

const importInto = (file: string, ...words: string[]) => project.pipe('import', file, '--workspace', other, ...words);

/** Of whatever landed: records, artifacts, and what was unpacked on the way. */
const landed = () => filesBelow(other).filter((file) => /\/(objects|actions|experiments)\//.test(file));

interface Unpacked {
  readonly header: Headers;
  readonly bytes: Buffer;
}

/** Reads the simple archives that we write: plain files, names below 100 characters. */
function unpack(file: string): Unpacked[] {
  const archive = gunzipSync(readFileSync(file));
  const entries: Unpacked[] = [];
  for (let place = 0; archive[place] !== 0;) {
    const name = archive.toString('latin1', place, place + 100).replace(/\0.*$/s, '');
    const size = parseInt(archive.toString('latin1', place + 124, place + 135), 8);
    entries.push({ header: { name }, bytes: archive.subarray(place + 512, place + 512 + size) });
    place += 512 + 512 * Math.ceil(size / 512);
  }
  return entries;
}

function isSameInside(bytes: Buffer, other: Buffer): boolean {
  try {
    return gunzipSync(bytes).equals(gunzipSync(other));
  } catch {
    return false;
  }
}

async function packed(name: string, entries: readonly Unpacked[]): Promise<string> {
  const archive = pack();
  for (const { header, bytes } of entries) archive.entry(header, bytes);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk);
  const file = project.path(name);
  writeFileSync(file, gzipSync(Buffer.concat(chunks)));
  return file;
}

const entriesOf = () => unpack(bundle);
const text = (value: unknown) => Buffer.from(JSON.stringify(value));
const manifestOf = (entries: readonly Unpacked[]) => JSON.parse(entries[0]?.bytes.toString() ?? '') as Manifest;

/** The bundle with one file changed, and the manifest with it. */
function withFile(name: string, bytes: Buffer, entries: readonly Unpacked[] = entriesOf()): Unpacked[] {
  const manifest = manifestOf(entries);
  const facts = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  const files = { ...manifest.files, [name]: facts };
  const others = entries.slice(1).filter(({ header }) => header.name !== name);
  return [
    { header: { name: 'manifest.json' }, bytes: text({ ...manifest, files }) },
    ...others,
    { header: { name }, bytes },
  ];
}

describe('a bundle that cannot be written', () => {
  it.each(['/nonexistent/x.tar.gz', '/proc/x.tar.gz'])('names %s, and leaves nothing', async (file) => {
    const { exitCode, stdout, stderr } = await project.pipe('export', 'last', '-o', file);
    expect(stderr).toContain(`error[file-not-writable]: ${file} cannot be written: `);
    expect(stderr).not.toMatch(/\n +at /);
    expect([exitCode, stdout, existsSync(file)]).toEqual([4, '', false]);
  });
});

describe('pipe export', () => {
  it('writes models and results, each under its digest, with a manifest of everything', () => {
    const entries = entriesOf();
    const files = new Map(entries.map(({ header, bytes }) => [header.name, bytes]));
    const { files: listed, ...manifest } = manifestOf(entries);
    expect(manifest).toEqual({ format: 'pipe run', version: 1, pipeline: 'toy', run });
    expect(Object.keys(listed)).toEqual([...files.keys()].slice(1));
    for (const [name, { sha256, size }] of Object.entries(listed)) {
      expect(files.get(name)).toHaveLength(size);
      expect(
        createHash('sha256')
          .update(files.get(name) ?? '')
          .digest('hex'),
      ).toBe(sha256);
    }
    const artifacts = JSON.parse(files.get('artifacts.json')?.toString() ?? '') as BundledArtifact[];
    expect(artifacts.map(({ task }) => task).filter((task) => task.startsWith('model'))).toHaveLength(6);
    expect(new Set(artifacts.map(({ task, extension }) => `${task.split(' ')[0]}${extension}`))).toEqual(
      new Set(['model.safetensors', 'totals.json']),
    );
    expect(files.get('README.md')?.toString()).toContain('safe_open');
    expect(files.get('record/pipeline.yaml')?.toString()).toBe(project.read('pipeline.yaml'));
  });

  it('writes equal bytes again, which tar reads', async () => {
    await project.pipe('export', 'last', '-o', 'again.tar.gz');
    expect(readFileSync(project.path('again.tar.gz')).equals(readFileSync(bundle))).toBe(true);
    const listing = execFileSync('tar', ['-tzf', bundle], { encoding: 'utf8' });
    expect(listing).toContain('record/run.json\n');
  });

  it.each([
    ['results', ['totals']],
    ['models', ['model']],
    ['all', ['answers', 'bytes', 'codes', 'means', 'model', 'split', 'totals']],
  ])('takes %s when asked', async (choice, stages) => {
    const file = `${choice}.tar.gz`;
    const { stdout } = await project.pipe('export', run, '-o', file, '--with', choice, '--json');
    const { artifacts } = JSON.parse(stdout) as { artifacts: BundledArtifact[] };
    expect([...new Set(artifacts.map(({ task }) => task.split(' ')[0]))].sort()).toEqual(stages);
  });

  it('refuses a file that exists, an unknown choice, and an unknown run', async () => {
    for (const [words, code] of [
      [['last', '-o', 'run.tar.gz'], 'file-exists'],
      [['last', '--with', 'modells'], 'bad-with-option'],
      [['never'], 'unknown-run'],
    ] as const) {
      const { exitCode, stderr } = await project.pipe('export', ...words);
      expect(stderr).toContain(`error[${code}]`);
      expect(exitCode).toBe(2);
    }
  });

  it('names artifacts that are gone, and leaves no file', async () => {
    const toy = createToyProject('pipe-export-');
    await toy.run();
    const { stdout } = await toy.pipe('show', 'last', 'model', 'fold=01', 'seed=1', '--json');
    const [output] = (JSON.parse(stdout) as { outputs: { path: string }[] }).outputs;
    rmSync(output?.path ?? '');
    const { exitCode, stderr } = await toy.pipe('export', 'last', '-o', 'x.tar.gz');
    expect(stderr).toContain('error[artifact-gone]');
    expect(stderr).toContain('model fold=01 seed=1: model');
    expect(exitCode).toBe(5);
    expect(existsSync(toy.path('x.tar.gz'))).toBe(false);
    expect((await toy.pipe('export', 'last', '-o', 'x.tar.gz', '--with', 'results')).exitCode).toBe(0);
    toy.remove();
  });
});

describe('pipe import', () => {
  it('takes a run in, with which other commands work', async () => {
    expect((await importInto(bundle)).stdout).toContain(`Took in toy/${run}: 8 tasks with new artifacts.`);
    const own = project.path('experiments/toy', run);
    for (const name of readdirSync(own))
      expect(readFileSync(join(other, 'experiments/toy', run, name)).equals(readFileSync(join(own, name)))).toBe(true);
    expect((await project.pipe('ls', '--workspace', other)).stdout).toContain(run);
    const shown = await project.pipe('show', 'last', 'totals', 'seed=1', '--workspace', other);
    expect(shown.stdout).toContain('"folds": 3');
    expect((await project.pipe('fsck', '--workspace', other)).stdout).toContain('No damage.');
    // What a run reaches, `gc` keeps.
    const [freed] = (await project.pipe('gc', '--workspace', other, '--json')).stdout.split('\n');
    expect(JSON.parse(freed ?? '')).toMatchObject({ actions: 0, objects: 0 });
    expect((await project.pipe('export', 'last', '--workspace', other, '-o', join(other, 'x.tar.gz'))).exitCode).toBe(
      0,
    );
    expect(readFileSync(join(other, 'x.tar.gz')).equals(readFileSync(bundle))).toBe(true);
  });

  it('changes nothing the second time', async () => {
    await importInto(bundle);
    const before = landed().sort();
    const { exitCode, stdout } = await importInto(bundle);
    expect(stdout).toContain(`toy/${run} is there already.`);
    expect(exitCode).toBe(0);
    expect(landed().sort()).toEqual(before);
  });

  it('refuses another run of the same name', async () => {
    cpSync(project.path('experiments'), join(other, 'experiments'), { recursive: true });
    const file = join(other, 'experiments/toy', run, 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"done"', '"gone"'));
    const { exitCode, stderr } = await importInto(bundle);
    expect(stderr).toContain('error[run-clash]');
    expect(exitCode).toBe(2);
    expect(existsSync(join(other, 'artifacts/objects')) ? filesBelow(join(other, 'artifacts/objects')) : []).toEqual(
      [],
    );
  });

  it('takes it in once when two do it at once', async () => {
    const outcomes = await Promise.all([importInto(bundle), importInto(bundle)]);
    expect(outcomes.map(({ exitCode, stderr }) => [exitCode, stderr.includes('error')])).toEqual([
      [0, false],
      [0, false],
    ]);
    expect((await project.pipe('fsck', '--workspace', other)).stdout).toContain('No damage.');
    expect(readdirSync(join(other, 'experiments'))).toEqual(['toy']);
  });

  it('says so where it cannot write', async () => {
    writeFileSync(join(other, 'experiments'), 'a file in its way');
    const { exitCode, stderr } = await importInto(bundle);
    expect(stderr).toContain('error[record-not-writable]');
    expect(exitCode).toBe(4);
  });

  async function refused(file: string, code: string, exitCode = 3) {
    const outcome = await importInto(file);
    expect(outcome.stderr).toContain(`error[${code}]`);
    expect(outcome.stderr).not.toMatch(/^ +at /m);
    expect(outcome.exitCode).toBe(exitCode);
    expect(landed()).toEqual([]);
  }

  it('refuses a file that is not there, or is none of ours', async () => {
    await refused('nowhere.tar.gz', 'bundle-missing', 2);
    await refused('texts', 'bundle-missing', 2);
    await refused('pipeline.yaml', 'bundle-foreign');
    writeFileSync(project.path('noise.gz'), gzipSync(Buffer.alloc(5000, 'noise')));
    await refused('noise.gz', 'bundle-foreign');
    await refused(
      await packed('foreign.tar.gz', [{ header: { name: 'hello.txt' }, bytes: Buffer.from('x') }]),
      'bundle-foreign',
    );
    await refused(await packed('empty.tar.gz', []), 'bundle-foreign');
    const manifest = { ...manifestOf(entriesOf()), version: 2 };
    await refused(
      await packed('newer.tar.gz', [{ header: { name: 'manifest.json' }, bytes: text(manifest) }]),
      'bundle-newer',
    );
  });

  it('refuses a file that is cut short or damaged anywhere', async () => {
    const whole = readFileSync(bundle);
    const file = project.path('damaged.tar.gz');
    for (const length of [whole.length - 1, whole.length - 500, Math.floor(whole.length / 2), 20]) {
      writeFileSync(file, whole.subarray(0, length));
      await refused(file, 'bundle-damaged');
    }
    let damaged = 0;
    for (let at = 100; at < whole.length - 100; at += 211) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 16;
      writeFileSync(file, bytes);
      // One bit in a thousand is of no meaning.
      if (isSameInside(bytes, whole)) continue;
      rmSync(project.path('unpacked'), { recursive: true, force: true });
      mkdirSync(project.path('unpacked'));
      const unpacking = unpackBundle(file, project.path('unpacked'), new AbortController().signal);
      await expect(unpacking, `a bit at ${at}`).rejects.toMatchObject({ code: 'bundle-damaged' });
      damaged += 1;
    }
    expect(damaged).toBeGreaterThan(20);
  });

  it('says that bytes behind the end do not belong to it', async () => {
    const file = project.path('longer.tar.gz');
    writeFileSync(file, Buffer.concat([readFileSync(bundle), Buffer.from('more')]));
    const { stderr } = await importInto(file);
    expect(stderr).toContain('bytes behind its end');
    expect(stderr).not.toContain('gzip');
  });

  it('refuses what lacks a file, has one twice, or other bytes', async () => {
    const entries = entriesOf();
    const last = entries.at(-1);
    if (last === undefined) throw new Error('the bundle is empty');
    await refused(await packed('lacking.tar.gz', entries.slice(0, -1)), 'bundle-damaged');
    await refused(await packed('twice.tar.gz', [...entries, last]), 'bundle-damaged');
    const flipped = Buffer.from(last.bytes);
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    await refused(
      await packed('flipped.tar.gz', [...entries.slice(0, -1), { ...last, bytes: flipped }]),
      'bundle-damaged',
    );
    // Another record than its checksum says, though the manifest fits it.
    const record = JSON.parse(
      entries.find(({ header }) => header.name === 'record/run.json')?.bytes.toString() ?? '',
    ) as object;
    await refused(
      await packed('edited.tar.gz', withFile('record/run.json', text({ ...record, seconds: 1 }))),
      'bundle-damaged',
    );
    await refused(
      await packed('events.tar.gz', withFile('record/events.jsonl', Buffer.from('{}\n'))),
      'bundle-damaged',
    );
  });

  const outside = join(tmpdir(), `pipe-evil-${process.pid}`);
  it.each(['../../evil', outside, 'record/../../evil', 'objects/evil', 'record/more.json'])(
    'refuses the entry %s, and writes it nowhere',
    async (name) => {
      await refused(await packed('unsafe.tar.gz', withFile(name, Buffer.from('evil'))), 'bundle-unsafe');
      const [manifest, ...entries] = entriesOf();
      const unlisted = [...(manifest ? [manifest] : []), { header: { name }, bytes: Buffer.from('evil') }, ...entries];
      await refused(await packed('unsafe.tar.gz', unlisted), 'bundle-unsafe');
      expect(existsSync(outside)).toBe(false);
      expect(filesBelow(project.folder).filter((file) => file.includes('evil'))).toEqual([]);
    },
  );

  it('refuses outputs that are no checksums, by whose names files would land elsewhere', async () => {
    const entries = entriesOf();
    const bytesOf = (name: string) => entries.find(({ header }) => header.name === name)?.bytes.toString() ?? '';
    const facts = bytesOf('record/tasks.jsonl').replace(/("outputs":\{"\w+":)"\w{64}"/, '$1"../../../evil"');
    expect(facts).toContain('evil');
    const record = JSON.parse(bytesOf('record/run.json')) as RunRecord;
    const files = { ...record.files, 'tasks.jsonl': createHash('sha256').update(facts).digest('hex') };
    const changed = withFile('record/tasks.jsonl', Buffer.from(facts));
    const sealed = text(seal({ ...record, files }));
    await refused(await packed('evil.tar.gz', withFile('record/run.json', sealed, changed)), 'bundle-unsafe');
  });

  it('refuses links', async () => {
    const [manifest, ...entries] = entriesOf();
    const link: Unpacked = {
      header: { name: 'record/run.json', type: 'symlink', linkname: '/etc/passwd' },
      bytes: Buffer.alloc(0),
    };
    const others = entries.filter(({ header }) => header.name !== 'record/run.json');
    await refused(await packed('link.tar.gz', [...(manifest ? [manifest] : []), link, ...others]), 'bundle-unsafe');
  });
});
