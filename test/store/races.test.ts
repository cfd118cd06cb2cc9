import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fsck as fsckCommand } from '../../src/cli/commands/fsck.ts';
import { openCodeCache } from '../../src/plan/code-cache.ts';
import { sealText } from '../../src/store/checked-text.ts';
import { type Store, fsck, gc } from '../../src/store/index.ts';
import { readRun } from '../../src/store/runs.ts';
import { before, failure, forget } from './meddle.ts';
import { actionPath, keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

vi.mock('node:fs', async (importOriginal) => (await import('./meddle.ts')).meddledFs(importOriginal));
afterEach(() => {
  forget();
  vi.restoreAllMocks();
});

const day = 24 * 3600 * 1000;
const nothing = () => ({ actions: new Set<never>() });

/** Two actions, old enough to go. */
async function filledStore(): Promise<Store> {
  const store = await open(temporaryFolder(), { runId: 'me' });
  perform(store, keyOf('a'), { out: 'of a' });
  perform(store, keyOf('b'), { out: 'of b' });
  await sleep(80);
  return store;
}

/** As if the run had begun long after all was made. */
function makeYoung(store: Store): void {
  const path = join(store.root, 'runs', store.run);
  writeFileSync(path, sealText({ ...readRun(path)?.facts, startedAt: Date.now() + 3_600_000 }));
}

describe('while gc works', () => {
  test('a run may begin, find all there, record that, and end', async () => {
    const store = await filledStore();
    const recorded = new Set([keyOf('b')]);
    const collecting = gc(store, () => ({ actions: new Set(recorded) }));
    // It has looked once, and comes to the first folder now.
    recorded.add(keyOf('a'));
    writeFileSync(join(store.root, 'runs', 'short'), '');
    unlinkSync(join(store.root, 'runs', 'short'));
    expect(await collecting).toMatchObject({ actions: 0, objects: 0 });
    expect(store.lookup(keyOf('a'))).toBeDefined();
  });

  test('a run may look up what is there', async () => {
    const store = await filledStore();
    const other = await open(store.root, { runId: 'other' });
    makeYoung(other);
    expect(other.lookup(keyOf('a'))).toBeDefined();
    expect(await gc(store, nothing)).toMatchObject({ actions: 1, objects: 1 });
    expect(other.lookup(keyOf('a'))).toBeDefined();
  });

  test('another gc may remove the same, or something may still write there', async () => {
    const store = await filledStore();
    const path = actionPath(store, keyOf('a'));
    before('unlinkSync', path, () => rmSync(path));
    for (const [name, code] of Object.entries({ nobody: 'EBUSY', noone: 'ENOTEMPTY' })) {
      mkdirSync(join(store.root, 'scratch', name));
      before('rmSync', name, () => {
        throw failure(code);
      });
    }
    await sleep(80);
    expect(await gc(store, nothing)).toMatchObject({ actions: 1, objects: 2, leftovers: 0 });
    expect(await gc(store, nothing)).toMatchObject({ actions: 0, objects: 0, leftovers: 2 });
  });
});

describe('gc on a host whose clock is wrong', () => {
  test('leaves what is made after it began', async () => {
    const store = await filledStore();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
    const collecting = gc(store, nothing);
    perform(store, keyOf('new'), { out: 'new' });
    expect(await collecting).toMatchObject({ actions: 2, objects: 2 });
    expect(store.lookup(keyOf('new'))).toBeDefined();
  });

  test('leaves what a living run of another host may have made', async () => {
    const store = await filledStore();
    const far = { run: 'far', host: 'far', machine: 'far', pid: 1, start: '1', startedAt: 0 };
    writeFileSync(join(store.root, 'runs', 'far'), sealText(far));
    const now = Date.now();
    vi.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
    expect(await gc(store, nothing)).toMatchObject({ actions: 0, objects: 0 });
  });
});

test('gc keeps an index that was written to within 60 days, though its folder is older', async () => {
  const store = await filledStore();
  const folder = join(store.root, 'index', 'far');
  mkdirSync(folder);
  writeFileSync(join(folder, 'log'), '');
  await sleep(80);
  appendFileSync(join(folder, 'log'), 'x');
  const between = (statSync(folder).ctimeMs + statSync(join(folder, 'log')).ctimeMs) / 2;
  await gc({ ...store, now: () => between + 60 * day }, nothing);
  expect(existsSync(folder)).toBe(true);
  await gc({ ...store, now: () => between + 61 * day }, nothing);
  expect(existsSync(folder)).toBe(false);
});

describe('where scratch is on another disk', () => {
  const onOtherDisk = (): void =>
    before('renameSync', '/out', () => {
      throw failure('EXDEV');
    });
  const copies = (store: Store) => readdirSync(store.root).filter((name) => name.startsWith('.'));

  test('what is moved has a name of its own, and leaves nothing', async () => {
    const store = await open(temporaryFolder());
    const names: string[][] = [];
    for (const name of ['a', 'b']) {
      onOtherDisk();
      before('renameSync', sha256(name), () => names.push(copies(store)), 2);
      perform(store, keyOf(name), { out: name });
      expect(store.read(sha256(name))?.toString()).toBe(name);
    }
    expect(names).toEqual([[expect.any(String)], [expect.any(String)]]);
    expect(names[0]).not.toEqual(names[1]);
    expect(copies(store)).toEqual([]);
  });

  test('a full disk leaves nothing, and what a killed run left goes by gc', async () => {
    const store = await open(temporaryFolder());
    onOtherDisk();
    before(
      'renameSync',
      sha256('a'),
      () => {
        throw failure('ENOSPC');
      },
      2,
    );
    expect(() => perform(store, keyOf('a'), { out: 'a' })).toThrow(expect.objectContaining({ code: 'store-full' }));
    expect(copies(store)).toEqual([]);
    writeFileSync(join(store.root, '.copy-of-a-killed-run'), '');
    await sleep(80);
    expect(await gc(store, nothing)).toMatchObject({ leftovers: 1 });
    expect(copies(store)).toEqual([]);
  });
});

describe('an object that was damaged', () => {
  test('and made again by another run is not set aside any more', async () => {
    const store = await filledStore();
    const other = await open(store.root, { runId: 'other' });
    perform(other, keyOf('a'), { out: 'of a' });
    store.discard(sha256('of a'), 'is missing');
    expect(store.lookup(keyOf('a'))).toBeDefined();
    expect([...store.damages, ...other.damages]).toEqual([]);
    expect(existsSync(join(store.root, 'damaged'))).toBe(false);
  });

  test('and set aside by another run first is good when it is made again', async () => {
    const store = await filledStore();
    const other = await open(store.root, { runId: 'other' });
    const path = store.objectPath(sha256('of a'));
    writeFileSync(path, 'damaged');
    before('renameSync', path, () => renameSync(path, join(store.root, 'aside')));
    expect(store.lookup(keyOf('a'))).toBeUndefined();
    perform(other, keyOf('a'), { out: 'of a' });
    expect(store.lookup(keyOf('a'))).toBeDefined();
  });

  test('and made again while fsck reads it stays', async () => {
    const store = await filledStore();
    const path = store.objectPath(sha256('of a'));
    writeFileSync(path, 'harm');
    before('lstatSync', path, () => perform(store, keyOf('c'), { out: 'of a' }), 2);
    expect((await fsck(store, { repair: true })).damages).toHaveLength(1);
    expect(store.read(sha256('of a'))?.toString()).toBe('of a');
  });
});

test('an object that a gc takes with its action is no damage to a look-up', async () => {
  const folder = temporaryFolder();
  const first = await open(folder);
  perform(first, keyOf('a'), { out: 'of a' });
  await first.close();
  rmSync(join(folder, 'index'), { recursive: true });
  const store = await open(folder);
  const object = store.objectPath(sha256('of a'));
  before('lstatSync', object, () => [actionPath(store, keyOf('a')), object].forEach((path) => unlinkSync(path)));
  expect(store.lookup(keyOf('a'))).toBeUndefined();
  expect(store.damages).toEqual([]);
});

test('a checkpoint whose task is committed while fsck reads is no damage', async () => {
  const store = await open(temporaryFolder());
  const path = store.checkpointPath(keyOf('training'));
  writeFileSync(path, 'state');
  before('readFileSync', path, () => unlinkSync(path));
  expect((await fsck(store)).damages).toEqual([]);
});

describe('a damaged bundle of a stage', () => {
  const folder = () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'artifacts', 'code'), { recursive: true });
    return root;
  };

  test('stays when it was made again by the time that fsck would remove it', async () => {
    const workspace = folder();
    const name = `${sha256('a bundle')}.mjs`;
    const path = join(workspace, 'artifacts', 'code', name);
    writeFileSync(path, 'damaged');
    before('readFileSync', name, () => writeFileSync(path, 'a bundle'), 2);
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await fsckCommand({ workspace, json: true })).toBe(5);
    forget();
    expect(readFileSync(path, 'utf8')).toBe('a bundle');
    writeFileSync(path, 'damaged');
    expect(await fsckCommand({ workspace, json: true })).toBe(5);
    expect(existsSync(path)).toBe(false);
  });

  test('is renamed over, never removed: it may be one that another run has just made', async () => {
    const workspace = folder();
    writeFileSync(join(workspace, 'stage.ts'), 'export default 1;');
    const load = () =>
      openCodeCache(join(workspace, 'code')).load(join(workspace, 'stage.ts'), () => ({ facts: {}, assets: [] }));
    const { bundle } = await load();
    writeFileSync(bundle, 'damaged');
    before('rmSync', bundle, () => {
      throw failure('EIO');
    });
    expect((await load()).bundle).toBe(bundle);
    expect(readFileSync(bundle, 'utf8')).not.toBe('damaged');
  });
});

test('a run that makes a store writes nothing under a name that another may have', async () => {
  let isOwn = false;
  before('writeFileSync', '/scratch/.format-me', () => {
    isOwn = true;
  });
  await open(temporaryFolder(), { runId: 'me' });
  expect(isOwn).toBe(true);
});

describe('a lease', () => {
  const twoRuns = async () => {
    const folder = temporaryFolder();
    const lease = join(folder, 'leases', keyOf('a'));
    const [store, other] = [await open(folder, { runId: 'me' }), await open(folder, { runId: 'other' })];
    return { folder, lease, store, other, own: join(folder, 'runs', 'other') };
  };

  test('is not taken when another run was quicker, where the folder of leases was lost', async () => {
    const { folder, lease, store, own } = await twoRuns();
    rmSync(join(folder, 'leases'), { recursive: true });
    before('linkSync', lease, () => linkSync(own, lease), 2);
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    expect(store.leaseHolder(keyOf('a'))).toBe('other');
  });

  test('is not taken when another run was quicker, where there are no hard links', async () => {
    const { lease, store } = await twoRuns();
    before('linkSync', lease, () => {
      throw failure('EPERM');
    });
    before('symlinkSync', lease, () => symlinkSync('other', lease));
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
    expect(store.leaseHolder(keyOf('a'))).toBe('other');
  });

  test('is taken when the file server was asked twice because its answer was lost', async () => {
    const { folder, lease, store } = await twoRuns();
    before('linkSync', lease, () => linkSync(join(folder, 'runs', 'me'), lease));
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(store.tryLease(keyOf('a'))).toBeUndefined();
  });

  test('of a run that closes meanwhile is free, and nobody takes that run for dead', async () => {
    const dead: string[] = [];
    const folder = temporaryFolder();
    const [closing, lease] = [join(folder, 'runs', 'closing'), join(folder, 'leases', keyOf('a'))];
    const other = await open(folder, { runId: 'closing' });
    const store = await open(folder, { onDeadRun: (run) => dead.push(run) });
    other.tryLease(keyOf('a'));
    before('openSync', closing, () => [lease, closing].forEach((path) => unlinkSync(path)));
    expect(store.tryLease(keyOf('a'))).toBeDefined();
    expect(dead).toEqual([]);
  });
});

test('a run that closes while another one opens the store is not taken for dead', async () => {
  const dead: string[] = [];
  const folder = temporaryFolder();
  const closing = join(folder, 'runs', 'closing');
  await open(folder, { runId: 'closing' });
  before('openSync', closing, () => unlinkSync(closing));
  await open(folder, { onDeadRun: (run) => dead.push(run) });
  expect(existsSync(closing)).toBe(false);
  expect(dead).toEqual([]);
});
