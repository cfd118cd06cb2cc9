import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from '../support/fast-check.ts';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord, readLog } from '../../src/store/index-log.ts';
import { keyOf, open, perform, sha256, temporaryFolder } from './support.ts';

const names = Array.from({ length: 40 }, (_, n) => `item ${n}`);

function indexFolder(folder: string): string {
  const [host = ''] = readdirSync(join(folder, 'index'));
  return join(folder, 'index', host);
}

/** A closed store whose index lies in the database. */
async function storeWithDatabase(folder: string): Promise<string> {
  const store = await open(folder, { indexLogLimit: 0 });
  for (const name of names) perform(store, keyOf(name), { out: name });
  store.remember('value', 'kept');
  await store.close();
  const index = indexFolder(folder);
  expect(readdirSync(index).sort()).toEqual(['data.mdb', 'data.mdb-lock', 'seal']);
  return index;
}

/** Whatever was done to the index: every result is right, whether from the index or from the files. */
async function expectAllRight(folder: string): Promise<void> {
  const store = await open(folder);
  for (const name of names) expect(store.lookup(keyOf(name))?.outputs.out?.digest).toBe(sha256(name));
  expect([undefined, 'kept']).toContain(store.recall('value'));
  expect(store.damages.filter(({ what }) => what !== 'index')).toEqual([]);
  await store.close();
}

describe('a record', () => {
  test('gives back its value, under its name alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.string(), (name, value, other) => {
        const stored: unknown = JSON.parse(JSON.stringify(value));
        expect(decodeRecord(encodeRecord(name, stored), name)).toEqual(stored);
        if (other !== name) expect(decodeRecord(encodeRecord(name, stored), other)).toBeUndefined();
      }),
    );
  });

  test('of which any one bit is flipped gives no value', () => {
    const record = Buffer.from(encodeRecord('action:1', [0.5, [10, 1.5, 2.5, 3], [['out', 'ab', [1, 2, 3, 4]]]]));
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      const flipped = Buffer.from(record);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeRecord(flipped.toString(), 'action:1')).toBeUndefined();
    }
  });
});

describe('the log', () => {
  test('takes up after a line that was cut off, in silence', () => {
    const path = join(temporaryFolder(), 'log');
    writeFileSync(path, `\n${encodeRecord('a', 1)}\n${encodeRecord('b', 2).slice(0, 12)}`);
    appendFileSync(path, `\n${encodeRecord('c', 3)}\n`);
    const { records, damaged } = readLog(path);
    expect([...records.keys()]).toEqual(['a', 'c']);
    expect(damaged).toBe(0);
  });

  test('with a flipped bit loses one record, says so once, and is mended', async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    for (const name of names) perform(first, keyOf(name), { out: name });
    await first.close();
    const path = join(indexFolder(folder), 'log');
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const second = await open(folder);
    expect(second.damages).toEqual([expect.objectContaining({ what: 'index', name: 'log' })]);
    await second.close();
    expect((await open(folder)).damages).toEqual([]);
    await expectAllRight(folder);
  });

  test('moves to the database when it has grown, with what a killed run left', async () => {
    const folder = temporaryFolder();
    const index = await storeWithDatabase(folder);
    writeFileSync(join(index, 'log.moving'), `\n${encodeRecord('value:moving', 'a')}\n`);
    writeFileSync(join(index, 'log'), `\n${encodeRecord('value:value', 'newer')}\n`);
    for (const limit of [0, 0]) {
      const store = await open(folder, { indexLogLimit: limit });
      expect([store.recall('moving'), store.recall('value')]).toEqual(['a', 'newer']);
      await store.close();
    }
    expect(readdirSync(index).sort()).toEqual(['data.mdb', 'data.mdb-lock', 'seal']);
    const store = await open(folder);
    expect([store.recall('moving'), store.recall('value')]).toEqual(['a', 'newer']);
    expect(store.lookup(keyOf('item 3'))).toBeDefined();
  });

  test('is shared by two runs at once', async () => {
    const folder = temporaryFolder();
    const [one, two] = [await open(folder, { indexLogLimit: 0 }), await open(folder, { indexLogLimit: 0 })];
    one.remember('one', '1');
    two.remember('two', '2');
    await one.close();
    await two.close();
    const three = await open(folder);
    expect([three.recall('one'), three.recall('two')]).toEqual(['1', '2']);
  });

  test('takes values with names of any length', async () => {
    const folder = temporaryFolder();
    const store = await open(folder, { indexLogLimit: 0 });
    store.remember('n'.repeat(5000), 'long');
    await store.close();
    expect((await open(folder)).recall('n'.repeat(5000))).toBe('long');
  });
});

describe('the database', () => {
  test('serves a run that is on while another run adds to it and a third throws it away', async () => {
    const folder = temporaryFolder();
    const index = await storeWithDatabase(folder);
    const reader = await open(folder);
    const writer = await open(folder, { indexLogLimit: 0 });
    for (let n = 0; n < 2000; n += 1) writer.remember(`n${n}`, 'x'.repeat(100));
    await writer.close();
    expect(reader.recall('value')).toBe('kept');
    writeFileSync(join(index, 'seal'), '');
    const third = await open(folder);
    expect(third.recall('n1')).toBeUndefined();
    expect(reader.recall('value')).toBe('kept');
    await reader.close();
    await third.close();
    await expectAllRight(folder);
  });

  test('is dropped when a run was killed while it added to it', async () => {
    const folder = temporaryFolder();
    const index = await storeWithDatabase(folder);
    rmSync(join(index, 'seal'));
    const store = await open(folder);
    expect(store.recall('value')).toBeUndefined();
    expect(store.damages).toEqual([]);
    expect(readdirSync(index)).toEqual([]);
  });

  test('with any bit flipped gives no wrong value and takes no process down', async () => {
    const folder = temporaryFolder();
    const index = await storeWithDatabase(folder);
    const kept = join(temporaryFolder(), 'kept.mdb');
    const seal = readFileSync(join(index, 'seal'));
    copyFileSync(join(index, 'data.mdb'), kept);
    const { size } = statSync(kept);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size * 8 - 1 }), async (bit) => {
        const bytes = readFileSync(kept);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(join(index, 'data.mdb'), bytes);
        writeFileSync(join(index, 'seal'), seal);
        rmSync(join(index, 'log'), { force: true });
        await expectAllRight(folder);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test.each<[string, (path: string) => void]>([
    ['cut off', (path) => truncateSync(path, 5000)],
    ['empty', (path) => truncateSync(path, 0)],
    ['missing', (path) => rmSync(path)],
    ['garbage', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size, 'garbage'))],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])('that is %s is thrown away', async (_, damage) => {
    const folder = temporaryFolder();
    const index = await storeWithDatabase(folder);
    damage(join(index, 'data.mdb'));
    await expectAllRight(folder);
    damage(join(await storeWithDatabase(folder), 'seal'));
    await expectAllRight(folder);
  });
});
