/** A run on a store in a process of its own: takes one command a line on stdin and answers each with a line of JSON. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Store, openStore } from '../../src/store/index.ts';
import { keyOf, sha256 } from './names.ts';

const [folder = '', runId = ''] = process.argv.slice(2);
const store = await openStore(folder, { runId });

const commands: Readonly<Record<string, (name: string) => unknown>> = {
  lookup: (name) => store.lookup(keyOf(name)) !== undefined,
  lease: (name) => {
    const taken = store.tryLease(keyOf(name)) !== undefined;
    if (taken) writeFileSync(join(store.scratch(keyOf(name)), 'part'), 'half');
    return taken;
  },
  holder: (name) => store.leaseHolder(keyOf(name)) ?? null,
  commit: (name) => commit(store, name),
  work: (count) => work(store, Number(count)),
  close: () => store.close(),
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command = '', argument = ''] = line.split(' ');
  const answer: unknown = await commands[command]?.(argument);
  process.stdout.write(`${JSON.stringify(answer ?? null)}\n`);
}

function commit(store: Store, name: string): string {
  const path = join(store.scratch(keyOf(name)), 'out');
  writeFileSync(path, name);
  store.commit({ key: keyOf(name) }, { out: { path, digest: sha256(name), size: name.length } }, 0.1);
  return name;
}

/** Like a scheduler: whatever is neither recorded nor on elsewhere is computed. Answers the names that it computed. */
async function work(store: Store, count: number): Promise<readonly string[]> {
  const computed: string[] = [];
  const open = new Set(Array.from({ length: count }, (_, n) => `task${n}`));
  while (open.size > 0) {
    for (const name of open) {
      const lease = store.tryLease(keyOf(name));
      if (lease === undefined) continue;
      if (store.lookup(keyOf(name)) === undefined) {
        await sleep(1);
        computed.push(commit(store, name));
      } else {
        store.release(lease);
      }
      open.delete(name);
    }
    await sleep(2);
  }
  return computed;
}
