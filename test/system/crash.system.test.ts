import { cpSync, readFileSync, readdirSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fsck, openStore } from '../../src/store/index.ts';
import { pipeProgram, startMarked } from '../support/start-pipe.ts';
import { type ToyProject, createToyProject } from '../support/toy-project.ts';

/** Kill at every n-th place; 1 for all (`npm run test:crash`). */
const step = Number(process.env['PIPE_CRASH_STEP'] ?? 10);
/** How many of the machine's cores to keep busy. */
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
  /** Which threads are watched: that of the coordinator, or its helpers too, but no other process. */
  readonly strace: readonly string[];
  /** Fewer places than this, all taken together, would mean that the test misses them. */
  readonly placesAtLeast: number;
}

/** One system call of a run: the n-th of its name in its thread, which is how strace counts. */
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
    strace: [],
    placesAtLeast: 200,
  },
  {
    name: 'a run with nothing to do that moves its index to lmdb',
    prepare: restoreGrown,
    strace: [],
    placesAtLeast: 25,
  },
  {
    name: 'the same, in lmdb and helper threads',
    prepare: restoreGrown,
    strace: ['-f', '-b', 'execve'],
    placesAtLeast: 25,
  },
];

describe.each(situations)('$name, killed at its writes, renames, unlinks and commits', (situation) => {
  it('ends with the same artifacts when it is run again', async () => {
    const [project] = projects;
    if (project === undefined) throw new Error('no project');
    const places = await placesOf(situation, project);
    expect(places.length).toBeGreaterThan(situation.placesAtLeast);
    const chosen = places.filter((_, index) => index % step === 0);
    let kills = 0;
    await Promise.all(
      projects.map(async (own) => {
        for (let place = chosen.shift(); place !== undefined; place = chosen.shift()) {
          await situation.prepare(own);
          if (!(await killAt(place, situation, own))) continue;
          kills += 1;
          await expectRecovery(own, `after a kill at ${place.call} number ${place.count}`);
        }
      }),
    );
    console.log(`${situation.name}: killed at ${kills} of ${places.length} places`);
    expect(kills).toBeGreaterThan((0.8 * situation.placesAtLeast) / step);
  });
});

const traced = ({ strace }: Situation, ...more: string[]): string[] => [
  'strace',
  ...strace,
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
  const { exitCode } = await startMarked(project.folder, traced(situation, '-o', log)).ended;
  expect(exitCode).toBe(0);
  const counts = new Map<string, number>();
  const largest = new Map<string, number>();
  // Lines are `call(arguments) = result`, with -f behind the thread's number.
  for (const [, thread = '', call = ''] of readFileSync(log, 'latin1').matchAll(/^(\d+ +)?(\w+)\(/gm)) {
    const count = (counts.get(thread + call) ?? 0) + 1;
    counts.set(thread + call, count);
    largest.set(call, Math.max(count, largest.get(call) ?? 0));
  }
  return [...largest].flatMap(([call, last]) =>
    Array.from({ length: last }, (_, index) => ({ call, count: index + 1 })),
  );
}

/** Runs the pipeline and kills it at a place; false when it came to its end before. */
async function killAt({ call, count }: Place, situation: Situation, project: ToyProject): Promise<boolean> {
  const argv = traced(situation, '-o', '/dev/null', '-e', `inject=${call}:signal=KILL:when=${count}`);
  const { exitCode, signal, stderr } = await startMarked(project.folder, argv).ended;
  if (signal === undefined && exitCode !== 137) {
    expect(`${exitCode} ${stderr}`).toBe('0 ');
    return false;
  }
  return true;
}

async function expectRecovery(project: ToyProject, when: string): Promise<void> {
  await expectDeath(project, when);
  const again = await project.run();
  expect(again, when).toMatchObject({ stderr: '', exitCode: 0 });
  expect(again.outputs, when).toEqual(undisturbed);
  expect(
    again.events.filter(({ type }) => type === 'damage-found'),
    when,
  ).toEqual([]);
  for (const folder of ['leases', 'runs', 'scratch', 'checkpoints'])
    expect(readdirSync(project.path('artifacts', folder)), `${folder} ${when}`).toEqual([]);
  const store = await openStore(project.path('artifacts'), { readOnly: true });
  expect((await fsck(store)).damages, when).toEqual([]);
  await store.close();
}

/** Nothing of the killed run is left after 2 s. */
async function expectDeath(project: ToyProject, when: string): Promise<void> {
  const deadline = Date.now() + 2000;
  while (project.processes().length > 0 && Date.now() < deadline) await sleep(20);
  expect(project.processes(), when).toEqual([]);
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
