import { existsSync, mkdirSync, readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sealText } from '../../src/store/checked-text.ts';
import { type Store, gc } from '../../src/store/index.ts';
import { readRun } from '../../src/store/runs.ts';
import { bundleProgram, startChild } from './start-child.ts';
import { actionPath, keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
beforeAll(async () => {
  program = await bundleProgram('child-run');
});
afterAll(() => program.remove());

const kept = (...names: readonly string[]) => ({ actions: new Set(names.map(keyOf)) });
const keep =
  (...names: readonly string[]) =>
  () =>
    kept(...names);

/** Three actions: `a` and `b` share an object. Old enough to go. */
async function filledStore(): Promise<Store> {
  const store = await open(temporaryFolder(), { runId: 'filler' });
  perform(store, keyOf('a'), { out: 'of a', shared: 'shared' });
  perform(store, keyOf('b'), { out: 'of b', shared: 'shared' });
  perform(store, keyOf('c'), { out: 'of c' });
  await sleep(80);
  return store;
}

test('what nothing reaches goes, and what is shared stays', async () => {
  const store = await filledStore();
  const report = await gc(store, keep('a'));
  expect(report).toMatchObject({ actions: 2, objects: 2, checkpoints: 0, leftovers: 0 });
  expect(store.lookup(keyOf('a'))).toBeDefined();
  expect(store.lookup(keyOf('b'))).toBeUndefined();
  expect(store.lookup(keyOf('c'))).toBeUndefined();
  expect(store.damages).toEqual([]);
});

test('a dry run says the same and removes nothing', async () => {
  const store = await filledStore();
  const foretold = await gc(store, keep('a'), { dryRun: true });
  for (const name of ['a', 'b', 'c']) expect(store.lookup(keyOf(name))).toBeDefined();
  expect(await gc(store, keep('a'))).toEqual(foretold);
  expect(foretold.bytes).toBeGreaterThan(8);
});

test('objects can be kept by themselves', async () => {
  const store = await filledStore();
  await gc(store, () => ({ ...kept(), keepObjects: new Set([sha256('of c')]) }));
  expect(existsSync(store.objectPath(sha256('of c')))).toBe(true);
  expect(existsSync(store.objectPath(sha256('of a')))).toBe(false);
  expect(existsSync(actionPath(store, keyOf('c')))).toBe(false);
});

test('what is made after it began stays', async () => {
  const store = await filledStore();
  const collecting = gc(store, keep());
  perform(store, keyOf('new'), { out: 'new', again: 'of c' });
  await collecting;
  expect(store.lookup(keyOf('new'))).toBeDefined();
});

/** The child tells once a second what it uses. */
const toldUse = (folder: string, name: string) =>
  vi.waitUntil(
    () => {
      const file = join(folder, 'scratch', 'living', '.used');
      return existsSync(file) && readFileSync(file, 'utf8').includes(keyOf(name));
    },
    { timeout: 60_000 },
  );

test('what a living run made, looked up or leased stays', async () => {
  const folder = temporaryFolder();
  const filler = await open(folder);
  perform(filler, keyOf('old'), { out: 'old' });
  perform(filler, keyOf('used'), { out: 'used' });
  await filler.close();
  const child = startChild([process.execPath, program.file, folder, 'living']);
  expect(await child.ask('lookup used')).toBe(true);
  await child.ask('lease made');
  await child.ask('commit made');
  await child.ask('lease training');
  const store = await open(folder);
  writeFileSync(store.checkpointPath(keyOf('training')), '');
  await toldUse(folder, 'used');
  const far = Date.now() / 1000 - 3600 * 24 * 365;
  utimesSync(store.checkpointPath(keyOf('training')), far, far);
  const report = await gc(store, keep());
  expect(report).toMatchObject({ actions: 0, objects: 0, checkpoints: 0 });
  expect(await child.ask('lookup used')).toBe(true);
  expect(await child.ask('lookup made')).toBe(true);
  await child.kill();
  const next = await open(folder);
  await sleep(80);
  await store.close();
  expect(await gc(next, keep('used'))).toMatchObject({ actions: 2, objects: 2 });
  expect(next.lookup(keyOf('used'))).toBeDefined();
});

test('what a living run looked up stays, though it is older than the run', async () => {
  const store = await filledStore();
  const child = startChild([process.execPath, program.file, store.root, 'living']);
  await child.ask('lookup a');
  // As if the run had begun long after all was made.
  const path = join(store.root, 'runs', 'living');
  const facts = readRun(path)?.facts;
  writeFileSync(path, sealText({ ...facts, startedAt: Date.now() + 3_600_000 }));
  await toldUse(store.root, 'a');
  expect(await gc(store, keep())).toMatchObject({ actions: 2, objects: 2 });
  expect(store.lookup(keyOf('a'))).toBeDefined();
});

test('leftovers of runs that are no more, what was set aside and old checkpoints go', async () => {
  const store = await filledStore();
  mkdirSync(join(store.root, 'scratch', 'nobody'));
  writeFileSync(join(store.root, 'scratch', 'nobody', 'x'), 'four');
  writeFileSync(store.objectPath(sha256('of c')), 'damaged');
  expect(store.lookup(keyOf('c'))).toBeUndefined();
  writeFileSync(store.checkpointPath(keyOf('unfinished')), 'state');
  await sleep(80);
  expect(await gc(store, keep('a', 'b', 'c'))).toMatchObject({
    checkpoints: 0,
    leftovers: 2,
    bytes: 4 + 'damaged'.length,
  });
  expect(await gc(store, keep('a', 'b', 'c'), { checkpointDays: -1 })).toMatchObject({ checkpoints: 1, leftovers: 0 });
  expect(readdirSync(join(store.root, 'damaged'))).toEqual([]);
});

test('a store opened for reading is not changed', async () => {
  const store = await filledStore();
  await store.close();
  const reader = await open(store.root, { readOnly: true });
  await expect(gc(reader, keep())).rejects.toMatchObject({ code: 'store-read-only', exitCode: 4 });
  expect(await gc(reader, keep('a'), { dryRun: true })).toMatchObject({ actions: 2 });
});
