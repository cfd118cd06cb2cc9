// What the store adds to one task with an output of 100 KB, beside a bare write and rename of the same bytes in the same run.
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionKey, type Digest, openStore } from '../src/store/index.ts';
import { median } from './support/measure-process.ts';
import { reportRow } from './support/row.ts';

const items = Number(process.env.PIPE_BENCH_ITEMS ?? 4000);
const block = 20;
const folder = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
const bytes = Buffer.alloc(100 * 1024, 'x');
const shards = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0'));

try {
  const store = await openStore(join(folder, 'store'));
  for (const shard of shards) {
    // Folders that a store of this size has.
    for (const parent of ['bare', 'store/objects', 'store/actions']) {
      mkdirSync(join(folder, parent, shard), { recursive: true });
    }
  }
  const times = {
    bare: [] as number[],
    hash: [] as number[],
    write: [] as number[],
    lookup: [] as number[],
    lease: [] as number[],
    commit: [] as number[],
  };
  type Part = keyof typeof times;
  let spent: Record<Part, number>;
  const timed = <T>(part: Part, act: () => T): T => {
    const started = performance.now();
    const result = act();
    spent[part] += performance.now() - started;
    return result;
  };

  for (let start = 0; start < items; start += block) {
    spent = { bare: 0, hash: 0, write: 0, lookup: 0, lease: 0, commit: 0 };
    for (let item = start; item < start + block; item += 1) {
      bytes.writeUInt32LE(item);
      const key = hash('sha256', `item ${item}`) as ActionKey;
      timed('bare', () => {
        writeFileSync(`${folder}/bare/aside`, bytes);
        renameSync(`${folder}/bare/aside`, `${folder}/bare/${key.slice(0, 2)}/${key}`);
      });
    }
    for (let item = start; item < start + block; item += 1) {
      bytes.writeUInt32LE(item);
      const key = hash('sha256', `item ${item}`) as ActionKey;
      timed('lookup', () => store.lookup(key));
      const lease = timed('lease', () => store.tryLease(key));
      if (lease === undefined) throw new Error('the lease is taken');
      timed('lookup', () => store.lookup(key));
      const path = timed('lease', () => `${store.scratch(key, { reusable: true })}/out`);
      const digest = timed('hash', () => hash('sha256', bytes) as Digest);
      timed('write', () => writeFileSync(path, bytes));
      timed('commit', () => store.commit(lease, { out: { path, digest, size: bytes.length } }, 0));
    }
    for (const [part, list] of Object.entries(times)) list.push((spent[part as Part] / block) * 1000);
  }
  await store.close();

  const each = Object.fromEntries(Object.entries(times).map(([part, list]) => [part, median(list)])) as Record<
    Part,
    number
  >;
  console.log(
    `microseconds, median of ${items / block} blocks of ${block}: bare write and rename ${each.bare.toFixed(0)}; ` +
      `write ${each.write.toFixed(0)}, hash ${each.hash.toFixed(0)}, two look-ups ${each.lookup.toFixed(0)}, ` +
      `lease and scratch ${each.lease.toFixed(0)}, commit ${each.commit.toFixed(0)}`,
  );
  const { bare, write, lookup, lease, commit } = times;
  reportRow({
    what: 'an item of 100 KB in the store: write, look-ups, lease, commit',
    unit: 'us',
    ours: write.map((value, at) => value + (lookup[at] ?? NaN) + (lease[at] ?? NaN) + (commit[at] ?? NaN)),
    theirs: { name: '1.5 x write and rename + 50 us', values: bare.map((least) => 1.5 * least + 50) },
    aim: 1,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
