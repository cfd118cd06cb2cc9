import { cpSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fsck, openStore } from '../../src/store/index.ts';
import { leftAfter, pipeProgram, startMarked } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

/** Kill at every n-th place; 1 for all (`npm run test:crash`). */
const step = Number(process.env['PIPE_CRASH_STEP'] ?? 10);
/** How many projects to kill side by side. */
const sideBySide = 2;

/** System calls that change a file system or tell another process something; `?` where not every kind of CPU has it. */
const calls = [
  'write,writev,pwrite64,pwritev,copy_file_range,sendfile',
  '?rename,renameat,renameat2,?unlink,unlinkat,?rmdir,?symlink,symlinkat,?link,linkat,?mkdir,mkdirat',
  'truncate,ftruncate,fallocate,fsync,fdatasync,msync,?sync,syncfs',
].join(',');

interface Situation {
  readonly name: string;
  /** Brings a project to where the run begins that will be killed. */
  readonly prepare: (project: ToyProject) => void | Promise<void>;
  /** Fewer places than this, all taken together, would mean that the test misses them. */
  readonly placesAtLeast: number;
}

/** One system call of a run: the n-th of its name, which is how strace counts. */
interface Place {
  readonly call: string;
  readonly count: number;
}

let projects: ToyProject[] = [];
let undisturbed: Readonly<Record<string, string>>;

beforeAll(async () => {
  projects = Array.from({ length: sideBySide }, () => createToyProject('pipe-crash-', ['01', '02'], ['a']));
  for (const project of projects) {
    project.edit('pipeline.yaml', 'seed: [1, 2]', 'seed: [1]');
    undisturbed = (await project.run()).outputs;
    // 3 map stages, training and predicting for 2 items or folds, split and totals.
    expect(Object.keys(undisturbed)).toHaveLength(3 * 2 + 2 * 2 + 2);
    await keepGrown(project);
  }
});
afterAll(() => {
  for (const project of projects) project.remove();
});

const situations: readonly Situation[] = [
  {
    name: 'a first run',
    prepare: (project) => project.forget(),
    placesAtLeast: 200,
  },
  {
    name: 'a run with nothing to do that moves its index to lmdb',
    prepare: restoreGrown,
    placesAtLeast: 25,
  },
];

describe.each(situations)('$name, killed at its writes, renames, unlinks and commits', (situation) => {
  const patience = step === 1 ? { timeout: 3_600_000 } : {};
  it('ends with the same artifacts when it is run again', patience, async () => {
    const [project] = projects;
    if (project === undefined) throw new Error('no project');
    const places = await placesOf(situation, project);
    expect(places.length).toBeGreaterThan(situation.placesAtLeast);
    const chosen = places.filter((_, index) => index % step === 0);
    const faults: string[] = [];
    let kills = 0;
    await Promise.all(
      projects.map(async (own) => {
        for (let place = chosen.shift(); place !== undefined; place = chosen.shift()) {
          await situation.prepare(own);
          if (!(await killAt(place, own))) continue;
          kills += 1;
          const when = `after a kill at ${place.call} number ${place.count}`;
          await expectRecovery(own, when).catch((error: unknown) => faults.push(`${when}: ${String(error)}`));
        }
      }),
    );
    console.log(`${situation.name}: killed at ${kills} of ${places.length} places`);
    expect(faults).toEqual([]);
    expect(kills).toBeGreaterThan((0.8 * situation.placesAtLeast) / step);
  });
});

/** The coordinator's own thread alone, which is the one that changes the store and the record. */
const traced = (...more: string[]): string[] => [
  'strace',
  '-qq',
  '-e',
  `trace=${calls}`,
  '-e',
  'signal=none',
  ...more,
  process.execPath,
  pipeProgram,
  'run',
  'pipeline.yaml',
  '--plain',
];

/** Every place of a run that nobody disturbs. */
async function placesOf(situation: Situation, project: ToyProject): Promise<Place[]> {
  await situation.prepare(project);
  const log = project.path('trace');
  const { exitCode } = await startMarked(project.folder, traced('-o', log)).ended;
  expect(exitCode).toBe(0);
  const counts = new Map<string, number>();
  return Array.from(readFileSync(log, 'latin1').matchAll(/^(\w+)\(/gm), ([, call = '']) => {
    const count = (counts.get(call) ?? 0) + 1;
    counts.set(call, count);
    return { call, count };
  });
}

/** Runs the pipeline and kills it at a place; false when it came to its end before. */
async function killAt({ call, count }: Place, project: ToyProject): Promise<boolean> {
  const argv = traced('-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${count}`);
  const { exitCode, signal, stderr } = await startMarked(project.folder, argv).ended;
  if (signal === undefined && exitCode !== 137) {
    expect(`${exitCode} ${stderr}`).toBe('0 ');
    return false;
  }
  return true;
}

async function expectRecovery(project: ToyProject, when: string): Promise<void> {
  expect(await leftAfter(project.folder), when).toEqual([]);
  const again = await project.run();
  expect(again, when).toMatchObject({ stderr: '', exitCode: 0 });
  expect(again.outputs, when).toEqual(undisturbed);
  expect(
    again.events.filter(({ type }) => type === 'damage-found'),
    when,
  ).toEqual([]);
  for (const folder of ['leases', 'runs', 'scratch', 'checkpoints']) {
    const left = readdirSync(project.path('artifacts', folder));
    // A small file that was not renamed yet stays in scratch/ until a `gc`.
    expect(
      left.filter((name) => folder !== 'scratch' || !name.startsWith('.')),
      `${folder} ${when}`,
    ).toEqual([]);
  }
  const store = await openStore(project.path('artifacts'), { readOnly: true });
  expect((await fsck(store)).damages, when).toEqual([]);
  await store.close();
}

/**
 * Keeps a store in which all is recorded and the index is about to move to lmdb, where some of it lies already: the index is
 * filled once for us to move it, and once for the run to come.
 */
async function keepGrown(project: ToyProject): Promise<void> {
  for (const options of [{}, { indexLogLimit: Infinity }]) {
    const store = await openStore(project.path('artifacts'), options);
    const round = Object.keys(options).length;
    for (let index = 0; index < 1100; index += 1) store.remember(`filler ${round} ${index}`, 'x'.repeat(1000));
    await store.close();
  }
  const [machine = ''] = readdirSync(project.path('artifacts/index'));
  expect(readdirSync(project.path('artifacts/index', machine))).toEqual(
    expect.arrayContaining(['data.mdb', 'log', 'seal']),
  );
  for (const name of ['artifacts', 'experiments']) renameSync(project.path(name), project.path(`grown-${name}`));
}

function restoreGrown(project: ToyProject): void {
  project.forget();
  for (const name of ['artifacts', 'experiments'])
    cpSync(project.path(`grown-${name}`), project.path(name), { recursive: true });
}
