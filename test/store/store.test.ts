import { existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

describe('a committed action', () => {
  test('is found in the same run and in the next one, with and without its index', async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    expect(first.lookup(keyOf('a'))).toBeUndefined();
    const result = perform(first, keyOf('a'), { audio: 'bytes', timing: '{}' });
    expect(result).toEqual({
      outputs: { audio: { digest: sha256('bytes'), size: 5 }, timing: { digest: sha256('{}'), size: 2 } },
      seconds: 0.5,
    });
    expect(first.lookup(keyOf('a'))).toEqual(result);
    await first.close();

    const second = await open(folder);
    expect(second.lookup(keyOf('a'))).toEqual(result);
    expect(second.read(sha256('bytes'))).toEqual(Buffer.from('bytes'));
    await second.close();

    rmSync(join(folder, 'index'), { recursive: true });
    const third = await open(folder);
    expect(third.lookup(keyOf('a'))).toEqual(result);
    expect(third.damages).toEqual([]);
  });

  test('may have no outputs, two of the same bytes, and one of no bytes', async () => {
    const store = await open(temporaryFolder());
    perform(store, keyOf('none'), {});
    perform(store, keyOf('twins'), { one: 'same', two: 'same', empty: '' });
    expect(store.lookup(keyOf('none'))?.outputs).toEqual({});
    expect(store.lookup(keyOf('twins'))?.outputs).toEqual({
      one: { digest: sha256('same'), size: 4 },
      two: { digest: sha256('same'), size: 4 },
      empty: { digest: sha256(''), size: 0 },
    });
    expect(store.damages).toEqual([]);
  });

  test('replaces the result that a forced run made before', async () => {
    const store = await open(temporaryFolder());
    perform(store, keyOf('a'), { out: 'one' });
    perform(store, keyOf('a'), { out: 'two' });
    expect(store.lookup(keyOf('a'))?.outputs.out?.digest).toBe(sha256('two'));
  });

  test('has no checkpoint any more', async () => {
    const store = await open(temporaryFolder());
    writeFileSync(store.checkpointPath(keyOf('a')), 'epoch 3');
    perform(store, keyOf('a'), { out: 'one' });
    expect(existsSync(store.checkpointPath(keyOf('a')))).toBe(false);
  });
});

test('an output that is not what its task said is refused', async () => {
  const store = await open(temporaryFolder());
  const lease = store.tryLease(keyOf('a'));
  if (!lease) throw new Error('the lease is taken');
  const path = join(store.scratch(keyOf('a')), 'out');
  writeFileSync(path, 'longer');
  expect(() => store.commit(lease, { out: { path, digest: sha256('long'), size: 4 } }, 0)).toThrow(
    /changed after it was hashed/,
  );
  expect(store.lookup(keyOf('a'))).toBeUndefined();
});

test('a touched or copied object is hashed again and found good', async () => {
  const folder = temporaryFolder();
  const store = await open(folder);
  perform(store, keyOf('a'), { out: 'one' });
  utimesSync(store.objectPath(sha256('one')), 1, 1);
  expect(store.lookup(keyOf('a'))).toBeDefined();
  const bytes = readFileSync(store.objectPath(sha256('one')));
  rmSync(store.objectPath(sha256('one')));
  writeFileSync(store.objectPath(sha256('one')), bytes);
  expect(store.lookup(keyOf('a'))).toBeDefined();
  expect(store.damages).toEqual([]);
});

describe('scratch folders', () => {
  test('are empty, one for each task, and gone with the run', async () => {
    const store = await open(temporaryFolder());
    const [one, two] = [store.scratch(keyOf('a')), store.scratch(keyOf('b'))];
    expect(one).not.toBe(two);
    writeFileSync(join(one, 'junk'), '');
    expect(readdirSync(two)).toEqual([]);
    await store.close();
    expect(readdirSync(join(store.root, 'scratch'))).toEqual([]);
    expect(readdirSync(join(store.root, 'leases'))).toEqual([]);
    expect(readdirSync(join(store.root, 'runs'))).toEqual([]);
  });

  test('are used again only when the task allows it and was committed', async () => {
    const store = await open(temporaryFolder());
    const use = (name: string, end: 'commit' | 'release') => {
      const lease = store.tryLease(keyOf(name));
      if (!lease) throw new Error('the lease is taken');
      const folder = store.scratch(keyOf(name), { reusable: true });
      expect(readdirSync(folder)).toEqual([]);
      writeFileSync(join(folder, 'out'), name);
      if (end === 'commit') {
        store.commit(lease, { out: { path: join(folder, 'out'), digest: sha256(name), size: name.length } }, 0);
      } else {
        store.release(lease);
      }
      return folder;
    };
    const first = use('a', 'commit');
    expect(store.scratch(keyOf('fresh'))).not.toBe(first);
    expect(use('b', 'commit')).toBe(first);
    expect(use('c', 'release')).toBe(first);
    expect(existsSync(first)).toBe(false);
    expect(use('d', 'commit')).not.toBe(first);
  });
});

describe('small values', () => {
  test('are remembered from run to run', async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    expect(first.recall('bundle of vad')).toBeUndefined();
    first.remember('bundle of vad', 'x\n"ü"');
    await first.close();
    expect((await open(folder)).recall('bundle of vad')).toBe('x\n"ü"');
  });
});

describe('a folder', () => {
  test('that holds something else is not made a store', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'thesis.tex'), '');
    await expect(open(folder)).rejects.toMatchObject({ code: 'not-a-store', exitCode: 2 });
    expect(readdirSync(folder)).toEqual(['thesis.tex']);
  });

  test('that holds what a repository keeps in an empty folder becomes one', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'README.md'), '');
    writeFileSync(join(folder, '.gitkeep'), '');
    expect((await open(folder)).damages).toEqual([]);
  });

  test('of a newer format is refused by name and left alone', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).close();
    const { sealText } = await import('../../src/store/checked-text.ts');
    writeFileSync(join(folder, 'format'), sealText({ store: 'pipe', version: 2 }));
    await expect(open(folder)).rejects.toMatchObject({ code: 'store-newer', exitCode: 4 });
  });

  test('that cannot be made is an error of the environment that names it', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    await expect(open(join(folder, 'file', 'store'))).rejects.toMatchObject({ exitCode: 4, message: /file\/store/ });
  });
});

describe('a store opened for reading', () => {
  test('finds and reads, writes nothing, and refuses to compute', async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    const result = perform(first, keyOf('a'), { out: 'one' });
    await first.close();
    const before = statSync(join(folder, 'runs')).mtimeMs;

    const store = await open(folder, { readOnly: true });
    expect(store.readOnly).toBe(true);
    expect(store.lookup(keyOf('a'))).toEqual(result);
    expect(store.read(sha256('one'))?.toString()).toBe('one');
    store.remember('x', 'y');
    expect(store.recall('x')).toBe('y');
    expect(() => store.tryLease(keyOf('b'))).toThrow(expect.objectContaining({ code: 'store-read-only', exitCode: 4 }));
    await store.close();
    expect(statSync(join(folder, 'runs')).mtimeMs).toBe(before);
  });

  test('is not made where there is none', async () => {
    const folder = join(temporaryFolder(), 'absent');
    const store = await open(folder, { readOnly: true });
    expect(store.lookup(keyOf('a'))).toBeUndefined();
    await store.close();
    expect(existsSync(folder)).toBe(false);
  });
});

test('a folder of the layout that is lost or replaced by a file comes back', async () => {
  const folder = temporaryFolder();
  await (await open(folder)).close();
  for (const name of ['objects', 'actions', 'leases', 'runs', 'scratch', 'checkpoints', 'index']) {
    rmSync(join(folder, name), { recursive: true });
    const store = await open(folder);
    perform(store, keyOf(name), { out: name });
    await store.close();
    rmSync(join(folder, name), { recursive: true, force: true });
    writeFileSync(join(folder, name), 'a file');
    const again = await open(folder);
    perform(again, keyOf(name), { out: name });
    expect(again.lookup(keyOf(name))).toBeDefined();
    await again.close();
  }
});
