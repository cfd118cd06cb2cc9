// Look-ups where nothing is to do: 100,000 recorded actions, with the index and without it.
import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActionKey, type Digest, openStore } from '../src/store/index.ts';
import { measureProcess, median } from './support/measure-process.ts';
import { reportRow } from './support/row.ts';

const actions = Number(process.env.PIPE_BENCH_ACTIONS ?? 100_000);
const keys = (): ActionKey[] => Array.from({ length: actions }, (_, n) => hash('sha256', `action ${n}`) as ActionKey);

const [, , phase, given] = process.argv;
if (phase === 'look-up') await lookUpAll(given ?? '');
else await compare();

async function lookUpAll(folder: string): Promise<void> {
  const asked = keys();
  const started = performance.now();
  const store = await openStore(folder);
  const opened = performance.now();
  const before = process.cpuUsage();
  for (const key of asked) if (store.lookup(key) === undefined) throw new Error('an action is not found');
  const found = performance.now();
  const { user, system } = process.cpuUsage(before);
  await store.close();
  console.log(JSON.stringify([opened - started, found - opened, performance.now() - found, (user + system) / 1000]));
}

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-bench-'));
  try {
    await fill(folder);
    await report('with the index', folder, 7);
    const rebuild = await report('without it', folder, 1, true);
    await report('with the index made anew', folder, 3);
    console.log(`a lost index costs ${(rebuild / actions).toFixed(3)} ms an action, and the hashing of its outputs`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(folder: string): Promise<void> {
  const store = await openStore(folder);
  for (const [n, key] of keys().entries()) {
    const lease = store.tryLease(key);
    if (lease === undefined) throw new Error('the lease is taken');
    const path = `${store.scratch(key, { reusable: true })}/out`;
    const content = `output ${n}`;
    writeFileSync(path, content);
    store.commit(lease, { out: { path, digest: hash('sha256', content) as Digest, size: content.length } }, 0);
  }
  await store.close();
}

async function report(title: string, folder: string, count: number, forget = false): Promise<number> {
  const times: number[][] = [];
  let peak = 0;
  for (let round = 0; round < count; round += 1) {
    if (forget) rmSync(join(folder, 'index'), { recursive: true, force: true });
    const measured = await measureProcess([fileURLToPath(import.meta.url), 'look-up', folder], folder);
    times.push(JSON.parse(measured.output) as number[]);
    peak = Math.max(peak, measured.peakMegabytes);
  }
  const [opening = 0, looking = 0, closing = 0] = [0, 1, 2].map((part) => median(times.map((list) => list[part] ?? 0)));
  reportRow({
    what: `${actions} look-ups ${title}`,
    unit: 'ms',
    ours: times.map((list) => list[1] ?? NaN),
    note: `opening ${opening.toFixed(0)} ms, closing ${closing.toFixed(0)} ms, peak ${peak.toFixed(0)} MB`,
  });
  return looking;
}
