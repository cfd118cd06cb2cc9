import {
  cpSync,
  appendFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ToyProject, createToyProject, filesBelow } from '../support/toy-project.ts';

let project: ToyProject;
beforeAll(async () => {
  project = createToyProject('pipe-cli-');
  mkdirSync(project.path('artifacts'));
  mkdirSync(project.path('experiments'));
  expect(await project.pipe('run', 'pipeline.yaml')).toMatchObject({ exitCode: 0, stderr: '' });
});
afterAll(() => project.remove());

const lines = (text: string) => text.trimEnd().split('\n');
const json = (text: string) => lines(text).map((line) => JSON.parse(line) as Record<string, unknown>);

describe('pipe run', () => {
  it('says that there is nothing to do, and where the record is', async () => {
    const { exitCode, stdout } = await project.pipe('run', 'pipeline.yaml');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^Nothing to do: all 33 tasks are up to date \(\d+\.\d+ s\)\.$/m);
    expect(stdout).toMatch(/^As recorded in experiments\/toy\/\d{8}-\d{6}-[0-9a-f]{8}$/m);
  });

  it('prints no colour and no motion where no terminal is', async () => {
    const { stdout } = await project.pipe('run', 'pipeline.yaml');
    expect(stdout).not.toContain('\u001b');
  });

  it('refuses a second file with the name of the first', async () => {
    project.write('copy.yaml', project.read('pipeline.yaml'));
    const { exitCode, stderr } = await project.pipe('run', 'copy.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toContain('error[duplicate-pipeline-name]');
    expect(stderr).toContain(project.path('pipeline.yaml'));
    expect((await project.pipe('plan', 'copy.yaml')).exitCode).toBe(2);
  });

  it('goes on in a copy of its folder', async () => {
    const copy = `${project.folder}-copy`;
    cpSync(project.folder, copy, { recursive: true, preserveTimestamps: true });
    try {
      const { exitCode, stdout } = await project.pipe('run', `${copy}/pipeline.yaml`, '--workspace', copy);
      expect(exitCode).toBe(0);
      expect(stdout).toContain('Nothing to do');
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it.each([
    [['run', 'pipeline.yaml', '--target', 'modle'], 'unknown-stage', 'did you mean `model`?'],
    [['run', 'pipeline.yaml', '--force', 'nothing-like-it'], 'unknown-stage', 'stages:'],
    [['run', 'pipeline.yaml', '--jobs', 'many'], 'bad-jobs-option', 'all cores'],
    [['run', 'pipeline.yaml', '--data', 'texts'], 'bad-data-option', '--data emodb='],
    [['run', 'pipelin.yaml'], 'spec-missing', 'pipeline.yaml'],
    [['run', 'pipeline.yaml', '--set', 'params.gian=3'], 'unknown-override', 'params.gain'],
    [['ls', '--limit', '0'], 'bad-limit-option', '--all'],
    [['ls', '--workspace', 'nowhere'], 'no-workspace', 'PIPE_WORKSPACE'],
    [['show', 'never'], 'unknown-run', 'runs:'],
    [['show', 'last', 'modl', 'fold=01'], 'unknown-task', 'model fold=01'],
    [['schema', 'vadd'], 'unknown-stage-type', 'vad'],
    [['data', 'add', 'Texts', '.'], 'bad-data-name', 'small letter'],
    [['data', 'add', 'texts', 'nowhere'], 'data-folder-not-found', 'path'],
  ])('%j is a usage error %s with advice', async (words, code, advice) => {
    const { exitCode, stderr } = await project.pipe(...words);
    expect(stderr).toContain(`error[${code}]`);
    expect(stderr.toLowerCase()).toContain(advice.toLowerCase());
    expect(stderr).not.toMatch(/^ +at /m);
    expect(exitCode).toBe(2);
  });

  it.each([[['rnu']], [['run']], [['run', 'pipeline.yaml', '--colour']], [['ls', 'toy', 'more']]])(
    '%j is a usage error that names --help',
    async (words) => {
      const { exitCode, stderr } = await project.pipe(...words);
      expect(stderr).toContain('--help');
      expect(exitCode).toBe(2);
    },
  );

  it('gives an error as JSON, with line and column', async () => {
    const { exitCode, stdout } = await project.pipe(
      'run',
      'pipeline.yaml',
      '--json',
      '--set',
      'stages.codes.with.gain=high',
    );
    const [error] = json(stdout);
    expect(error).toMatchObject({
      type: 'error',
      exitCode: 2,
      diagnostics: [{ line: 1, column: expect.any(Number) as number }],
    });
    expect(exitCode).toBe(2);
  });
});

describe('pipe run, when something fails', () => {
  it('exits with 3 for bad input data alone, names the file, and keeps the rest', async () => {
    const toy = createToyProject('pipe-cli-');
    toy.write('texts/01-a-1.txt', 'POISON');
    const { exitCode, stdout } = await toy.pipe('run', 'pipeline.yaml', '--keep-going');
    expect(stdout).toMatch(
      /^error\[poisoned\]: codes 01-a-1\.txt: the text is poisoned\n +file: texts\/01-a-1\.txt\n +help: Write another\.$/m,
    );
    expect(stdout).toMatch(/^codes: 6 tasks: 5 done, 1 failed/m);
    expect(exitCode).toBe(3);
    toy.write('texts/01-a-1.txt', 'mended');
    const { stdout: mended } = await toy.pipe('run', 'pipeline.yaml');
    expect(mended).toMatch(/^codes: 6 tasks: 5 cached, 1 done/m);
    toy.remove();
  });

  it('exits with 1 for a stage that throws', async () => {
    const toy = createToyProject('pipe-cli-');
    toy.write('texts/01-a-1.txt', 'THROW');
    const { exitCode, stdout } = await toy.pipe('run', 'pipeline.yaml');
    expect(stdout).toContain('thrown on purpose');
    expect(exitCode).toBe(1);
    toy.remove();
  });
});

describe('pipe plan', () => {
  it('says that there is nothing to do', async () => {
    const { stdout, exitCode } = await project.pipe('plan', 'pipeline.yaml');
    expect(stdout).toContain('Nothing to do.');
    expect(exitCode).toBe(0);
  });

  it('counts what would run, what waits, and why; and changes nothing', async () => {
    const before = filesBelow(project.path('artifacts')).sort();
    const { stdout } = await project.pipe('plan', 'pipeline.yaml', '--set', 'params.gain=3', '--json');
    const [plan] = json(stdout);
    expect(plan?.stages).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ stage: 'corpus', tasks: 6, run: 0 }),
        expect.objectContaining({ stage: 'codes', tasks: 6, cached: 0, run: 6, wait: 0, why: ['gain: 2 -> 3'] }),
        expect.objectContaining({ stage: 'means', tasks: 6, cached: 0, run: 0, wait: 6 }),
        expect.objectContaining({ stage: 'split', cached: 1 }),
      ]),
    );
    expect(filesBelow(project.path('artifacts')).sort()).toEqual(before);
  });

  it('says what it cannot know yet', async () => {
    const toy = createToyProject('pipe-cli-');
    const { stdout } = await toy.pipe('plan', 'pipeline.yaml');
    expect(stdout).toMatch(/^model +fit +\? .*known once split has run$/m);
    toy.remove();
  });
});

describe('pipe explain', () => {
  it('names the changed parameter with its place in the YAML', async () => {
    const toy = createToyProject('pipe-cli-');
    await toy.run();
    toy.edit('pipeline.yaml', 'gain: 2', 'gain: 3');
    const { stdout } = await toy.pipe('explain', 'pipeline.yaml', 'codes');
    expect(stdout).toContain('codes: 6 of 6 tasks would run');
    expect(stdout).toContain('gain: 2 -> 3');
    expect(stdout).toMatch(/--> pipeline\.yaml:3:17/);
    toy.remove();
  });

  it('names the changed item and the changed code', async () => {
    const toy = createToyProject('pipe-cli-');
    await toy.run();
    toy.write('texts/02-b-1.txt', 'changed');
    toy.edit('stages/mean.ts', 'sum / codes', '0.5 + sum / codes');
    const [codes] = json((await toy.pipe('explain', 'pipeline.yaml', 'codes', '--json')).stdout);
    expect(codes).toMatchObject({ stage: 'codes', reasons: [{ what: 'input', tasks: 1 }] });
    const { stdout } = await toy.pipe('explain', 'pipeline.yaml');
    expect(stdout).toContain('the code of mean changed');
    toy.remove();
  });
});

describe('pipe ls and pipe show', () => {
  it('list runs, newest first, with what they did', async () => {
    const runs = json((await project.pipe('ls', '--json', '--all')).stdout);
    const names = runs.map(({ run }) => String(run));
    expect(names).toEqual([...names].sort().reverse());
    expect(runs.at(-1)).toMatchObject({ pipeline: 'toy', status: 'done', counts: { done: 33, cached: 0 } });
  });

  it('name a damaged record and list the others', async () => {
    const folder = project.path('experiments/toy/20200101-000000-dead');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'run.json'), '{');
    const { exitCode, stdout, stderr } = await project.pipe('ls', '--all');
    rmSync(folder, { recursive: true });
    expect(stderr).toContain('warning[damaged-record]');
    expect(stdout).toMatch(/ toy +done /);
    expect(exitCode).toBe(0);
  });

  it('show a run with its environment', async () => {
    const { stdout } = await project.pipe('show', 'toy');
    expect(stdout).toContain(`node          ${process.versions.node}`);
    expect(stdout).toMatch(/^pipeline file +.*pipeline\.yaml$/m);
  });

  it('show the outputs of a task, checked', async () => {
    const { exitCode, stdout } = await project.pipe('show', 'last', 'totals', 'seed=1');
    expect(stdout).toContain('"folds": 3');
    expect(exitCode).toBe(0);
  });

  it('never show bytes that are not what was recorded', async () => {
    const toy = createToyProject('pipe-cli-');
    await toy.run();
    const [fact] = json((await toy.pipe('show', 'last', 'totals', 'seed=2', '--json')).stdout);
    const [output] = fact?.outputs as { path: string }[];
    const text = readFileSync(output?.path ?? '', 'utf8');
    writeFileSync(output?.path ?? '', text.replace('3', '4'));
    const { exitCode, stdout } = await toy.pipe('show', 'last', 'totals', 'seed=2');
    expect(stdout).toContain('gone or damaged');
    expect(stdout).not.toContain('"folds": 4');
    expect(exitCode).toBe(5);
    toy.remove();
  });
});

describe('pipe gc and pipe fsck', () => {
  it('free nothing that a recorded run reaches, and all when the records are gone', async () => {
    const toy = createToyProject('pipe-cli-');
    await toy.run();
    const [kept] = json((await toy.pipe('gc', '--json')).stdout);
    expect(kept).toMatchObject({ actions: 0, objects: 0 });
    rmSync(toy.path('experiments'), { recursive: true });
    const [would] = json((await toy.pipe('gc', '--json', '--dry-run')).stdout);
    expect(would).toMatchObject({ dryRun: true, actions: 33 });
    const { stdout } = await toy.pipe('gc');
    expect(stdout).toMatch(/can be freed: 33 actions, .*\nFreed /);
    expect((await toy.run()).ran).toHaveLength(33);
    toy.remove();
  });

  it('find a flipped bit, set the file aside, and the next run makes it again', async () => {
    const toy = createToyProject('pipe-cli-');
    const first = await toy.run();
    expect((await toy.pipe('fsck')).stdout).toContain('No damage.');
    const [object] = filesBelow(toy.path('artifacts/objects'));
    if (object === undefined) throw new Error('the store is empty');
    const bytes = readFileSync(object);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(object, bytes);
    const { exitCode, stdout } = await toy.pipe('fsck');
    expect(stdout).toContain(`damaged object: ${object}`);
    expect(exitCode).toBe(5);
    expect((await toy.run()).outputs).toEqual(first.outputs);
    expect((await toy.pipe('fsck')).exitCode).toBe(0);
    toy.remove();
  });

  it('name a damaged record', async () => {
    const toy = createToyProject('pipe-cli-');
    await toy.run();
    const [run] = readdirSync(toy.path('experiments/toy'));
    truncateSync(toy.path('experiments/toy', run ?? '', 'run.json'), 10);
    const { exitCode, stdout } = await toy.pipe('fsck');
    expect(stdout).toContain('damaged record');
    expect(exitCode).toBe(5);
    toy.remove();
  });
});

describe('pipe doctor, schema and data', () => {
  it('find this machine fit', async () => {
    const { exitCode, stdout } = await project.pipe('doctor');
    expect(stdout).toMatch(/^ok +node: /m);
    expect(stdout).not.toContain('FAILED');
    expect(exitCode).toBe(0);
  });

  it('print a JSON Schema, and the parameters of a stage type', async () => {
    const schema = JSON.parse((await project.pipe('schema')).stdout) as Record<string, unknown>;
    expect(schema).toHaveProperty('$schema');
    const { stdout } = await project.pipe('schema', 'vad');
    expect(stdout).toMatch(/^vad \(map\): /);
    expect(stdout).toMatch(/^floorMargin +number +6 /m);
  });

  it('count the items of a corpus by cluster and label', async () => {
    const { exitCode, stdout } = await project.pipe('data', 'check', 'pipeline.yaml');
    expect(stdout).toContain('corpus (letters): 6 items');
    expect(lines(stdout).at(-1)?.trim().split(/ +/)).toEqual(['all', '3', '3', '6']);
    expect(exitCode).toBe(0);
  });

  it('exit with 3 for a corpus that is not what it must be', async () => {
    const toy = createToyProject('pipe-cli-');
    toy.write('texts/misnamed.txt', 'text');
    const { exitCode, stderr } = await toy.pipe('data', 'check', 'pipeline.yaml');
    expect(stderr).toContain('misnamed.txt');
    expect(exitCode).toBe(3);
    toy.remove();
  });

  it('note a data folder and leave other lines as they are', async () => {
    mkdirSync(project.path('.pipe'), { recursive: true });
    appendFileSync(project.path('.pipe/data.yaml'), '# mine\nother: /somewhere\n');
    const { exitCode } = await project.pipe('data', 'add', 'texts', 'texts');
    expect(exitCode).toBe(0);
    expect(project.read('.pipe/data.yaml')).toBe(`# mine\nother: /somewhere\ntexts: ${project.path('texts')}\n`);
  });
});

it('each command has help with an example', async () => {
  const commands = [
    'run',
    'plan',
    'explain',
    'ls',
    'show',
    'diff',
    'reproduce',
    'export',
    'import',
    'gc',
    'fsck',
    'doctor',
    'schema',
    'data check',
    'data add',
  ];
  const helps = await Promise.all(commands.map((command) => project.pipe(...command.split(' '), '--help')));
  for (const { exitCode, stdout } of helps) {
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}\$ pipe /);
    expect(stdout).toContain('--json');
  }
});
