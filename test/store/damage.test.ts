import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Store, fsck } from '../../src/store/index.ts';
import { nextTick } from '../support/clock-tick.ts';
import { actionPath, keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

/** A time that can be set exactly, in seconds. */
const wholeSecond = 1_000_000_000;

/** Changes a file in place and puts its mtime back, as who means no harm may do. */
function quietly(path: string, change: () => void): void {
  nextTick(path);
  change();
  utimesSync(path, wholeSecond, wholeSecond);
}

const damages: Readonly<Record<string, (path: string) => void>> = {
  'one bit is flipped': (path) =>
    quietly(path, () => {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
      writeFileSync(path, bytes);
    }),
  'it is cut off': (path) => quietly(path, () => truncateSync(path, statSync(path).size - 3)),
  'it is empty': (path) => quietly(path, () => truncateSync(path, 0)),
  'bytes were added': (path) => quietly(path, () => appendFileSync(path, '\n')),
  'it is full of zeros': (path) => quietly(path, () => writeFileSync(path, Buffer.alloc(statSync(path).size))),
  'it is missing': (path) => rmSync(path),
  'a folder is in its place': (path) => {
    rmSync(path);
    mkdirSync(path);
    writeFileSync(join(path, 'x'), '');
  },
};

const content = 'the bytes of an artifact';
const digest = sha256(content);

async function storeWithOneAction(): Promise<{ store: Store; folder: string }> {
  const folder = temporaryFolder();
  const first = await open(folder);
  perform(first, keyOf('a'), { out: content });
  for (const path of [first.objectPath(digest), actionPath(first, keyOf('a'))]) {
    utimesSync(path, wholeSecond, wholeSecond);
  }
  // Remembered with these times.
  expect(first.lookup(keyOf('a'))).toBeDefined();
  await first.close();
  return { store: await open(folder), folder };
}

describe.each(Object.entries(damages))('an object of which %s', (name, damage) => {
  const expected = [expect.objectContaining({ what: 'object', name: digest })];

  test('is noticed by a look-up, reported once, and healed by making it again', async () => {
    const { store, folder } = await storeWithOneAction();
    damage(store.objectPath(digest));
    expect(store.lookup(keyOf('a'))).toBeUndefined();
    expect(store.lookup(keyOf('a'))).toBeUndefined();
    expect(store.damages).toEqual(expected);
    if (name !== 'it is missing') expect(readdirSync(join(folder, 'damaged'))).toHaveLength(1);
    perform(store, keyOf('a'), { out: content });
    expect(store.lookup(keyOf('a'))).toBeDefined();
    expect(store.read(digest)?.toString()).toBe(content);
  });

  test('is noticed without an index too', async () => {
    const { store, folder } = await storeWithOneAction();
    await store.close();
    rmSync(join(folder, 'index'), { recursive: true });
    damage(store.objectPath(digest));
    const again = await open(folder);
    expect(again.lookup(keyOf('a'))).toBeUndefined();
    expect(again.damages).toEqual(expected);
  });

  test('is never read', async () => {
    const { store } = await storeWithOneAction();
    damage(store.objectPath(digest));
    expect(store.read(digest)).toBeUndefined();
    expect(store.damages).toEqual(expected);
    expect(store.lookup(keyOf('a'))).toBeUndefined();
  });

  test('is healed by a commit of the same bytes, though nobody noticed', async () => {
    const { store } = await storeWithOneAction();
    damage(store.objectPath(digest));
    perform(store, keyOf('b'), { out: content });
    expect(store.lookup(keyOf('a'))).toBeDefined();
    expect(store.damages).toEqual([]);
  });

  test('is noticed in a store that is open for reading', async () => {
    const { store, folder } = await storeWithOneAction();
    await store.close();
    damage(store.objectPath(digest));
    const reader = await open(folder, { readOnly: true });
    expect(reader.lookup(keyOf('a'))).toBeUndefined();
    expect(reader.lookup(keyOf('a'))).toBeUndefined();
    expect(reader.damages).toEqual(expected);
  });

  test('is found by fsck, and by no second one after a repair', async () => {
    const { store } = await storeWithOneAction();
    damage(store.objectPath(digest));
    expect((await fsck(store)).damages).toEqual(expected);
    expect((await fsck(store, { repair: true })).damages).toEqual(expected);
    expect(store.lookup(keyOf('a'))).toBeUndefined();
    perform(store, keyOf('a'), { out: content });
    expect(await fsck(await open(store.root))).toEqual({
      actions: 1,
      objects: 1,
      checkpoints: 0,
      bytes: content.length,
      damages: [],
    });
  });
});

describe.each(Object.entries(damages).filter(([name]) => name !== 'it is missing'))(
  'an action of which %s',
  (_, damage) => {
    const expected = [expect.objectContaining({ what: 'action', name: keyOf('a') })];

    test('is noticed by a look-up and healed by making it again', async () => {
      const { store } = await storeWithOneAction();
      damage(actionPath(store, keyOf('a')));
      expect(store.lookup(keyOf('a'))).toBeUndefined();
      expect(store.damages).toEqual(expected);
      perform(store, keyOf('a'), { out: content });
      expect(store.lookup(keyOf('a'))).toBeDefined();
    });

    test('is healed by a commit, though nobody noticed', async () => {
      const { store } = await storeWithOneAction();
      damage(actionPath(store, keyOf('a')));
      perform(store, keyOf('a'), { out: content });
      expect(store.lookup(keyOf('a'))).toBeDefined();
    });

    test('is found by fsck', async () => {
      const { store } = await storeWithOneAction();
      damage(actionPath(store, keyOf('a')));
      expect((await fsck(store, { repair: true })).damages).toEqual(expected);
      expect((await fsck(store)).damages).toEqual([]);
    });
  },
);

test('an action that is missing was never made', async () => {
  const { store } = await storeWithOneAction();
  rmSync(actionPath(store, keyOf('a')));
  expect(store.lookup(keyOf('a'))).toBeUndefined();
  expect(store.damages).toEqual([]);
});

test('an action under the key of another is damage', async () => {
  const { store } = await storeWithOneAction();
  mkdirSync(join(actionPath(store, keyOf('b')), '..'), { recursive: true });
  renameSync(actionPath(store, keyOf('a')), actionPath(store, keyOf('b')));
  expect(store.lookup(keyOf('b'))).toBeUndefined();
  expect(store.damages).toHaveLength(1);
});

describe.each(Object.entries(damages))('a format file of which %s', (_, damage) => {
  test('is written anew and reported', async () => {
    const { store, folder } = await storeWithOneAction();
    await store.close();
    damage(join(folder, 'format'));
    const again = await open(folder);
    expect(again.lookup(keyOf('a'))).toBeDefined();
    expect(again.damages).toEqual([expect.objectContaining({ what: 'format' })]);
    await again.close();
    expect((await open(folder)).damages).toEqual([]);
  });
});

describe.each(Object.entries(damages).filter(([name]) => name !== 'it is missing'))(
  'a checkpoint of which %s',
  (_, damage) => {
    test('is found by fsck', async () => {
      const { store } = await storeWithOneAction();
      const path = store.checkpointPath(keyOf('training'));
      writeFileSync(path, `${sha256(`${keyOf('training')}state`)}state`);
      expect((await fsck(store)).damages).toEqual([]);
      damage(path);
      expect((await fsck(store, { repair: true })).damages).toEqual([expect.objectContaining({ what: 'checkpoint' })]);
      expect((await fsck(store)).damages).toEqual([]);
    });
  },
);

test('what does not belong into the store is found by fsck', async () => {
  const { store } = await storeWithOneAction();
  writeFileSync(join(store.root, 'objects', 'stray'), '');
  writeFileSync(`${store.objectPath(digest)}.tmp`, '');
  expect((await fsck(store, { repair: true })).damages).toHaveLength(2);
  expect((await fsck(store)).damages).toEqual([]);
});

test('what is set aside does not pile up', async () => {
  const folder = temporaryFolder();
  const store = await open(folder);
  for (let n = 0; n < 50; n += 1) {
    perform(store, keyOf('a'), { out: content });
    truncateSync(store.objectPath(digest), n % 5);
    expect(store.lookup(keyOf('a'))).toBeUndefined();
  }
  expect(readdirSync(join(folder, 'damaged'))).toHaveLength(32);
});
