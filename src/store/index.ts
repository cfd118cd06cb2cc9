export { openStore, type StoreOptions } from './open-store.ts';
export type { ActionKey, ActionResult, Damage, Digest, Lease, ProducedFile, Store, StoredOutput } from './types.ts';
