import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sealText } from '../../src/store/checked-text.ts';
import { machine, startOf } from '../../src/store/process-start.ts';
import { type Child, bundleProgram, startChild } from './start-child.ts';
import { keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => {
  program = await bundleProgram('child-run');
});
afterAll(() => program.remove());

const startRun = (folder: string, run: string): Child => startChild([process.execPath, program.file, folder, run]);

/** A run that is no more, or on another host, with a lease on `a` and a scratch folder. */
function leaveRun(folder: string, run: string, facts: object, { beatSecondsAgo = 0 } = {}): void {
  const path = join(folder, 'runs', run);
  writeFileSync(
    path,
    sealText({ run, host: 'elsewhere', machine: 'elsewhere', pid: 1, start: '1', startedAt: 0, ...facts }),
  );
  const beat = Date.now() / 1000 - beatSecondsAgo;
  utimesSync(path, beat, beat);
  linkSync(path, join(folder, 'leases', keyOf('a')));
  mkdirSync(join(folder, 'scratch', run));
  writeFileSync(join(folder, 'scratch', run, 'part'), '');
}

const leftOf = (folder: string) => [...readdirSync(join(folder, 'leases')), ...readdirSync(join(folder, 'scratch'))];
const old = (path: string) => utimesSync(path, 1, 1);

describe('a lease', () => {
  test('is held by one run at a time, which has a name', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await open(folder, { runId: 'one' }), await open(folder, { runId: 'two' })];
    const lease = one.tryLease(keyOf('a'));
    expect(lease).toEqual({ key: keyOf('a') });
    expect(one.tryLease(keyOf('a'))).toBeUndefined();
    expect(two.tryLease(keyOf('a'))).toBeUndefined();
    expect(two.leaseHolder(keyOf('a'))).toBe('one');
    if (lease) one.release(lease);
    expect(two.leaseHolder(keyOf('a'))).toBeUndefined();
    expect(two.tryLease(keyOf('a'))).toBeDefined();
    await two.close();
    perform(one, keyOf('a'), { out: 'x' });
    expect(one.leaseHolder(keyOf('a'))).toBeUndefined();
  });

  test('of a killed process is free at once, and its scratch folder goes', async () => {
    const folder = temporaryFolder();
    const store = await open(folder, { runId: 'survivor' });
    const child = startRun(folder, 'victim');
    expect(await child.ask('lease a')).toBe(true);
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    expect(store.leaseHolder(keyOf('a'))).toBe('victim');
    expect(readdirSync(join(folder, 'scratch'))).toEqual(['victim']);
    await child.kill();
    expect(store.leaseHolder(keyOf('a'))).toBeUndefined();
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(readdirSync(join(folder, 'runs'))).toEqual(['survivor']);
    expect(existsSync(join(folder, 'scratch', 'victim'))).toBe(false);
  });

  test('of a killed process goes when the next run opens the store', async () => {
    const folder = temporaryFolder();
    const child = startRun(folder, 'victim');
    await child.ask('lease a');
    await child.kill();
    await open(folder, { runId: 'next' });
    expect(leftOf(folder)).toEqual([]);
    expect(readdirSync(join(folder, 'runs'))).toEqual(['next']);
  });

  test('of a process that was killed right after it recorded a task takes the checkpoint of this task along', async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    perform(store, keyOf('a'), { out: 'x' });
    const child = startRun(folder, 'victim');
    for (const name of ['a', 'unfinished']) {
      await child.ask(`lease ${name}`);
      writeFileSync(store.checkpointPath(keyOf(name)), 'epoch 3');
    }
    await store.close();
    await child.kill();
    await open(folder);
    expect(leftOf(folder)).toEqual([]);
    expect(readdirSync(join(folder, 'checkpoints'))).toEqual([keyOf('unfinished')]);
  });

  test('of a killed process is free for a run of the same name', async () => {
    const folder = temporaryFolder();
    const child = startRun(folder, 'victim');
    await child.ask('lease a');
    await child.kill();
    expect((await open(folder, { runId: 'victim' })).tryLease(keyOf('a'))).toBeDefined();
  });

  test('of a stopped process stays its own', async () => {
    const folder = temporaryFolder();
    const child = startRun(folder, 'sleeper');
    await child.ask('lease a');
    child.process.kill('SIGSTOP');
    const store = await open(folder);
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    child.process.kill('SIGCONT');
    expect(await child.ask('commit a')).toBe('a');
    expect(store.lookup(keyOf('a'))).toBeDefined();
  });

  test('is free when its process id belongs to another process by now', async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    leaveRun(folder, 'reused', { host: hostname(), machine, pid: process.pid, start: `${startOf(process.pid)}0` });
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(leftOf(folder)).toEqual([keyOf('a')]);
  });

  test('of another host is free a minute after its last heartbeat', async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    leaveRun(folder, 'far', {}, { beatSecondsAgo: 50 });
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    expect(store.leaseHolder(keyOf('a'))).toBe('far');
    utimesSync(join(folder, 'runs', 'far'), 1, Date.now() / 1000 - 61);
    expect(store.leaseHolder(keyOf('a'))).toBeUndefined();
    expect(store.tryLease(keyOf('a'))).toBeDefined();
  });

  test('whose run left no file is free', async () => {
    const folder = temporaryFolder();
    const store = await open(folder);
    leaveRun(folder, 'lost', {});
    rmSync(join(folder, 'runs', 'lost'));
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(leftOf(folder)).toEqual([keyOf('a')]);
  });

  test('is left to a living run that is cleaning up after its holder, and taken over when that one died at it', async () => {
    const folder = temporaryFolder();
    const [store, cleaner] = [await open(folder, { runId: 'me' }), await open(folder, { runId: 'cleaner' })];
    leaveRun(folder, 'dead', {}, { beatSecondsAgo: 100 });
    renameSync(join(folder, 'runs', 'dead'), join(folder, 'runs', 'dead~cleaner'));
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    await cleaner.close();
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(readdirSync(join(folder, 'runs'))).toEqual(['me']);
  });

  test.each<[string, (path: string) => void]>([
    ['empty', (path) => truncateSync(path, 0)],
    ['garbage', (path) => writeFileSync(path, 'garbage')],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('that is %s is free when nobody mended it for a minute', async (_, damage) => {
    const folder = temporaryFolder();
    const store = await open(folder);
    leaveRun(folder, 'dead', {}, { beatSecondsAgo: 100 });
    const [lease, run] = [join(folder, 'leases', keyOf('a')), join(folder, 'runs', 'dead')];
    damage(lease);
    damage(run);
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    old(lease);
    old(run);
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    await store.close();
    await (await open(folder)).close();
    expect(readdirSync(join(folder, 'runs'))).toEqual([]);
  });

  test('may be a symbolic link, where there are no hard ones', async () => {
    const folder = temporaryFolder();
    const [store, other] = [await open(folder), await open(folder, { runId: 'other' })];
    symlinkSync('other', join(folder, 'leases', keyOf('a')));
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    expect(store.leaseHolder(keyOf('a'))).toBe('other');
    await other.close();
    expect(store.tryLease(keyOf('a'))).toBeDefined();
  });
});

test('a run whose file another host took away registers again when it leases', async () => {
  const folder = temporaryFolder();
  const store = await open(folder, { runId: 'sleeper' });
  rmSync(join(folder, 'runs', 'sleeper'));
  rmSync(join(folder, 'scratch'), { recursive: true });
  perform(store, keyOf('a'), { out: 'x' });
  expect(store.lookup(keyOf('a'))).toBeDefined();
  expect(readdirSync(join(folder, 'runs'))).toEqual(['sleeper']);
});

test('a second run of the name of a living one is refused', async () => {
  const folder = temporaryFolder();
  await open(folder, { runId: 'one' });
  await expect(open(folder, { runId: 'one' })).rejects.toMatchObject({ code: 'run-exists', exitCode: 2 });
});

test('four runs at once compute each key once, though one of them is killed', async () => {
  const folder = temporaryFolder();
  const victim = startRun(folder, 'victim');
  await victim.ask('lease task5');
  const runs = ['one', 'two', 'three'].map((run) => startRun(folder, run));
  const answers = Promise.all(runs.map(async (run) => run.ask('work 60')));
  await victim.kill();
  const computed = (await answers).flat().sort();
  expect(computed).toEqual(Array.from({ length: 60 }, (_, n) => `task${n}`).sort());
  await Promise.all(runs.map(async (run) => run.ask('close')));
  expect([...leftOf(folder), ...readdirSync(join(folder, 'runs'))]).toEqual([]);
  const store = await open(folder);
  for (const name of computed)
    expect(store.lookup(keyOf(String(name)))?.outputs.out?.digest).toBe(sha256(String(name)));
});

test('what a run says of itself can be read', async () => {
  const folder = temporaryFolder();
  await open(folder, { runId: 'one' });
  const [line = ''] = readFileSync(join(folder, 'runs', 'one'), 'utf8').split('\n');
  expect(JSON.parse(line)).toMatchObject({
    run: 'one',
    host: hostname(),
    pid: process.pid,
    start: startOf(process.pid),
  });
});
