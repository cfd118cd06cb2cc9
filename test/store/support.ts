import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ActionKey, type ActionResult, type Store, type StoreOptions, openStore } from '../../src/store/index.ts';
import { sha256 } from './names.ts';

export { keyOf, sha256 } from './names.ts';

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipe-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store that is closed when the test ends. */
export async function open(folder: string, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(folder, options);
  let closed: Promise<void> | undefined;
  const close = () => (closed ??= store.close());
  onTestFinished(close);
  return { ...store, close };
}

/** Does what a run does for one task that makes these outputs. */
export function perform(
  store: Store,
  key: ActionKey,
  contents: Readonly<Record<string, string | Uint8Array>>,
): ActionResult {
  const lease = store.tryLease(key);
  if (lease === undefined) throw new Error('the lease is taken');
  const folder = store.scratch(key);
  const outputs = Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return [name, { path, digest: sha256(content), size: Buffer.byteLength(content) }] as const;
  });
  return store.commit(lease, Object.fromEntries(outputs), 0.5);
}

export const actionPath = (store: Store, key: ActionKey): string => join(store.root, 'actions', key.slice(0, 2), key);
