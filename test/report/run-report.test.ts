import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runReport, writeReport } from '../../src/report/index.ts';
import { createTinyRun } from '../predict/tiny-run.ts';
import { recordRun, type RecordedRun } from '../support/recorded-runs.ts';
import type { ToyProject } from '../support/toy-project.ts';

describe('the report of a run', () => {
  let project: ToyProject;
  beforeAll(async () => {
    project = await createTinyRun();
  });
  afterAll(() => project.remove());

  const foldersOf = (root: string) => ({ experiments: join(root, 'experiments'), artifacts: join(root, 'artifacts') });

  test('is written by `pipe report`: a page, figures, tables, CSV', async () => {
    const { exitCode, stdout, stderr } = await project.pipe('report', 'last', '-o', 'report');
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n')[0]).toBe('report/report.html');
    const files = readdirSync(project.path('report'), { recursive: true, encoding: 'utf8' });
    for (const name of ['confusion', 'clusters', 'learning-curves', 'timeline-1']) {
      for (const ending of ['svg', 'png', 'vl.json']) expect(files).toContain(`figures/${name}.${ending}`);
    }
    for (const name of ['results', 'confusion', 'clusters']) {
      for (const ending of ['md', 'tex']) expect(files).toContain(`tables/${name}.${ending}`);
    }
    const rows = project.read('report/predictions.csv').trimEnd().split('\r\n');
    expect(rows[0]).toBe('seed,fold,unit,speaker,label,predicted,correct,posterior anger,posterior sadness');
    expect(rows.length).toBe(1 + 2 * 16);
  });

  test('has players, pictures and attention for its examples, and tells what was left out', async () => {
    const { page, figures } = await runReport(foldersOf(project.folder), 'last');
    const clips = page.match(/<audio controls [^>]*src="data:audio\/wav;base64,/g) ?? [];
    const timelines = figures.filter(({ name }) => name.startsWith('timeline-'));
    expect(timelines.length).toBeGreaterThanOrEqual(3);
    expect(clips.length).toBe(timelines.length);
    for (const { alt } of timelines)
      expect(alt).toMatch(/^Scalogram of .* Hz over .* s; the attention is greatest from/);
    expect(page).not.toContain('Left out');
    expect(page).toContain('The test set was opened once');
  });

  test('is told as JSON to programs, and opened by one that is named', async () => {
    const { stdout } = await project.pipe('report', 'tiny', '-o', 'json', '--json', '--open-with', 'nothing');
    const told = JSON.parse(stdout) as { folder: string; page: string; files: string[] };
    expect(told.page).toBe(join(told.folder, 'report.html'));
    for (const file of told.files) expect(existsSync(join(told.folder, file)), file).toBe(true);
    expect((await project.pipe('report', '-o', 'json', '--open-with', 'cat')).exitCode).toBe(0);
    const failed = await project.pipe('report', '-o', 'json', '--open-with', 'no-such-program');
    expect(failed.exitCode).toBe(4);
    expect(failed.stderr).toContain('error[program-not-started]: `no-such-program` does not open');
  });

  test('is the same each time', async () => {
    const once = await runReport(foldersOf(project.folder), 'last');
    const again = await runReport(foldersOf(project.folder), 'last');
    // Megabytes, which nobody wants to see when they differ.
    expect(again.page === once.page).toBe(true);
    expect(JSON.stringify(again) === JSON.stringify(once)).toBe(true);
  });

  test('without artifacts shows what the record has, and says what is left out', async () => {
    const root = mkdtempSync(join(tmpdir(), 'pipe-report-'));
    try {
      cpSync(project.path('experiments'), join(root, 'experiments'), { recursive: true });
      const { page, figures } = await runReport(foldersOf(root), 'last');
      expect(figures.map(({ name }) => name)).toEqual(['confusion', 'clusters']);
      expect(page).toContain('Learning curves of 4 trainings: their artifacts are gone.');
      expect(page).toContain('Sound: no stage shows any, or its artifacts are gone.');
      expect(page).toContain('Pictures of units: no stage shows any, or its artifacts are gone.');
      expect(existsSync(join(root, 'artifacts/objects'))).toBe(false);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('a record', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pipe-report-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const record = (options: RecordedRun = {}, run = '20260102-030405-00000001') =>
    recordRun(join(root, 'experiments'), run, options);
  const report = (wanted = 'last') =>
    runReport({ experiments: join(root, 'experiments'), artifacts: join(root, 'artifacts') }, wanted);

  test('with hostile names gives a page that holds them as texts', async () => {
    const evil = '</script><script>alert("x")</script><img src=x onerror=alert(1)>';
    record({ speakers: [evil, '08'], classes: [evil, 'neutral'], isRight: ({ label }) => label === 'neutral' });
    const { page, figures, tables } = await report();
    expect(page).not.toContain('<script>alert');
    expect(page).not.toContain('<img');
    for (const { svg } of figures) expect(svg).not.toMatch(/<script|<img/);
    for (const { name } of [...figures, ...tables]) expect(name).toMatch(/^[a-z0-9-]+$/);
  });

  test('without predictions is reported all the same, with a word', async () => {
    record({ stages: [], record: { headline: ['UAR 80 %'] } });
    const { page, figures } = await report();
    expect(figures).toEqual([]);
    expect(page).toContain('UAR 80 %');
    expect(page).toContain('Confusion, clusters, examples and errors: the record has no predictions.');
    expect(page).toContain('Learning curves: no stage has a history of its training.');
    expect(page).toContain('This record does not say which units it was tested on.');
  });

  test.each([
    ['failed', 'failed'],
    ['interrupted', 'was interrupted'],
    ['running', 'is still running'],
  ] as const)('of a run that %s is refused, and says what to do', async (status, words) => {
    record({ record: { status } });
    await expect(report()).rejects.toMatchObject({
      code: 'run-not-done',
      exitCode: 2,
      message: expect.stringContaining(words) as string,
    });
  });

  test('tells the command that makes it again, with the engine that it had', async () => {
    record({
      record: { overrides: ['params.depth=4'], engines: { model: 'wasm, 2 threads', answers: 'wasm, 1 thread' } },
    });
    expect((await report()).page).toContain('pipe run /pipelines/speech.yaml --set params.depth=4 --engine wasm\n');
  });

  test('that is damaged is named', async () => {
    const folder = record();
    const file = join(folder, 'predictions.jsonl');
    writeFileSync(file, readFileSync(file, 'utf8').replace('anger', 'angst'));
    await expect(report()).rejects.toMatchObject({ code: 'damaged-record', exitCode: 5 });
    await expect(report('nothing')).rejects.toMatchObject({ code: 'unknown-run' });
  });

  test('with others on the same units tells how often these were tested, and by which pipelines', async () => {
    record();
    record({}, '20260102-030405-00000002');
    record({ pipeline: 'deeper' }, '20260102-030405-00000003');
    record({ speakers: ['11'] }, '20260102-030405-00000004');
    record({ stages: [], record: { status: 'interrupted' } }, '20260102-030405-00000005');
    record({ stages: [] }, '20260102-030405-00000006');
    const { page } = await report('00000001');
    expect(page).toContain(
      'These units were tested by 3 recorded runs (deeper 1, speech 2), 3 of them with other keys than an earlier one: ' +
        'so often the test set was opened. Of the other records 1 do not say what they were tested on.',
    );
  });

  test('of several configurations has sections for each of them, and no mean over them', async () => {
    const points = [3, 4].flatMap((depth) => [1, 2].map((seed) => ({ depth, seed })));
    record({ points, isRight: (_, { depth }) => depth === 4 });
    const { page, tables, figures, files } = await report();
    const uar = tables.flatMap(({ name, rows }) => (name.startsWith('results') ? [[name, rows[0]?.[1]]] : []));
    expect(uar).toEqual([
      ['results-depth-3', '0.0'],
      ['results-depth-4', '100.0'],
    ]);
    expect(figures.map(({ name }) => name)).toEqual([
      'confusion-depth-3',
      'clusters-depth-3',
      'confusion-depth-4',
      'clusters-depth-4',
    ]);
    expect(page).toContain('depth 3: UAR 0.0 ± 0.0 % (mean ± SD over 2 replicates; chance 50.0 %)');
    expect(page).toContain('depth 4: UAR 100.0 ± 0.0 % (mean ± SD over 2 replicates; chance 50.0 %)');
    expect(page).toContain('id="errors-depth-3"');
    expect(page).not.toContain('4 replicates');
    expect(Object.keys(files).sort()).toEqual(['clusters-depth-3.csv', 'clusters-depth-4.csv', 'predictions.csv']);
  });

  test('after runs on a part of its units does not say that it was the first to see them', async () => {
    record();
    record({ speakers: ['03'] }, '20260102-030405-00000002');
    const { page } = await report('00000001');
    expect(page).toContain('2 recorded runs (speech 2), 1 of them on other test sets that share some of the units,');
  });

  test('of few clusters, one seed and uncommitted files says so', async () => {
    const environment = {
      node: '22.0.0',
      pipe: '0.1.0',
      packageLock: '',
      packages: {},
      system: '',
      cpu: '',
      cores: 1,
      memoryBytes: 1,
    };
    record({ points: [{}], record: { environment: { ...environment, git: { commit: 'abc', dirty: true } } } });
    const { page } = await report();
    expect(page).toContain('There is one replicate alone');
    expect(page).toContain('There are 2 clusters (speaker) only');
    expect(page).toContain('Files differed from the commit');
    expect(page).toContain('git checkout abc');
  });
});

describe('a report on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pipe-report-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const content = (files: Readonly<Record<string, string>>) => ({
    name: 'a',
    page: '<p>',
    figures: [],
    tables: [],
    files,
  });

  test('takes the place of an earlier one, and leaves other files alone', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await writeReport(folder, content({ 'old.csv': '1' }));
    const { files } = await writeReport(folder, content({ 'new.csv': '2' }));
    expect(files).toEqual(['report.html', 'new.csv', 'report.json']);
    expect(readdirSync(folder).sort()).toEqual(['new.csv', 'notes.txt', 'report.html', 'report.json']);
  });

  test('leaves an earlier one as it was where it cannot be written', async () => {
    await writeReport(folder, content({ 'old.csv': '1', 'same.csv': '1' }));
    mkdirSync(join(folder, 'new.csv'));
    await expect(writeReport(folder, content({ 'new.csv': '2', 'same.csv': '2' }))).rejects.toMatchObject({
      code: 'report-not-writable',
    });
    expect(readdirSync(folder).sort()).toEqual(['new.csv', 'old.csv', 'report.html', 'report.json', 'same.csv']);
    expect(readFileSync(join(folder, 'same.csv'), 'utf8')).toBe('1');
  });

  test('changes no file that another one is writing or somebody reads, but puts its own in the place', async () => {
    await writeReport(folder, content({ 'a.csv': 'first' }));
    const opened = openSync(join(folder, 'a.csv'), 'r');
    // It is written last: the other one is not done.
    rmSync(join(folder, 'report.json'));
    await writeReport(folder, content({ 'a.csv': 'second' }));
    expect(readFileSync(opened, 'utf8')).toBe('first');
    closeSync(opened);
    expect(readFileSync(join(folder, 'a.csv'), 'utf8')).toBe('second');
  });

  test('removes nothing outside its folder, whatever the list of an earlier one says', async () => {
    const inner = join(folder, 'inner');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await writeReport(inner, content({}));
    writeFileSync(
      join(inner, 'report.json'),
      JSON.stringify({ madeBy: 'pipe report', files: ['../notes.txt', 'figures/../../notes.txt', 3] }),
    );
    await writeReport(inner, content({}));
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('removes nothing that the list of another program names', async () => {
    writeFileSync(join(folder, 'data.csv'), 'mine');
    writeFileSync(join(folder, 'report.json'), JSON.stringify({ report: 'x', files: ['data.csv'] }));
    await writeReport(folder, content({}));
    expect(readFileSync(join(folder, 'data.csv'), 'utf8')).toBe('mine');
  });

  test('is refused where there is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(writeReport(file, content({}))).rejects.toMatchObject({ code: 'report-not-writable', exitCode: 4 });
  });
});
