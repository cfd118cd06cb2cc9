/** What a run does to a store, once from beginning to end; to be killed on the way. */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { gc, openStore } from '../../src/store/index.ts';
import { keyOf, sha256 } from './names.ts';

const [folder = ''] = process.argv.slice(2);
const store = await openStore(folder, { indexLogLimit: 0 });
for (const name of ['a', 'b', 'unreached']) {
  const lease = store.tryLease(keyOf(name));
  if (lease === undefined) throw new Error('the lease is taken');
  if (store.lookup(keyOf(name)) !== undefined) {
    store.release(lease);
    continue;
  }
  const scratch = store.scratch(keyOf(name));
  const produce = (output: string, content: string) => {
    writeFileSync(join(scratch, output), content);
    return { path: join(scratch, output), digest: sha256(content), size: content.length };
  };
  const checkpoint = store.checkpointPath(keyOf(name));
  writeFileSync(`${checkpoint}.new`, `${sha256(`${keyOf(name)}half way`)}half way`);
  renameSync(`${checkpoint}.new`, checkpoint);
  store.commit(lease, { out: produce('out', `out of ${name}`), shared: produce('shared', 'shared') }, 1);
}
store.remember('value', 'kept');
// Until they are old enough to go.
await sleep(60);
await gc(store, () => ({ actions: new Set([keyOf('a'), keyOf('b')]) }));
await store.close();
